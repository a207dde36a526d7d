import type * as prompts from '../prompts.ts'

/** The two tools of an agent loop; they count their calls. */
export interface BenchTools {
  lookup(input: { readonly city: string }): string
  add(input: { readonly a: number; readonly b: number }): number
}

/** What a subject is given. */
export interface SubjectSetting {
  /** Up to and with `/v1`. */
  readonly baseURL: string
  readonly tools: BenchTools
  /** What all send, for the modules that live elsewhere. */
  readonly prompts: typeof prompts
}

/** One library doing the four workloads, in the way its documentation shows. */
export interface Subject {
  /** One question, one answer. */
  complete(): Promise<string>
  /** An agent with both tools, from a question to its last answer. */
  loop(): Promise<string>
  /** One streamed answer, delta by delta. */
  stream(onText: (text: string) => void): Promise<void>
}

/** What every subject module exports as `create`. */
export type CreateSubject = (setting: SubjectSetting) => Subject | Promise<Subject>
