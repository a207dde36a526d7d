import type { Agent, LanguageModel } from '@ashlar/core'

/** Where a command writes: `process.stdout` fits. */
export interface CommandOutput {
  write(text: string): unknown
  /** A person reads it. */
  readonly isTTY?: boolean | undefined
  /** Width of the terminal in characters. */
  readonly columns?: number | undefined
}

/** Where a command reads from: `process.stdin` fits. */
export interface CommandInput extends AsyncIterable<Uint8Array | string> {
  /** A person types it. */
  readonly isTTY?: boolean | undefined
}

export interface ModelChoice {
  readonly model: LanguageModel
  /** Why this one, in a few words. */
  readonly reason: string
}

/** Everything that a command touches of the process it runs in. */
export interface CommandIo {
  readonly stdin: CommandInput
  /** The answer, and nothing else. */
  readonly stdout: CommandOutput
  /** Everything beside the answer. */
  readonly stderr: CommandOutput
  readonly env: Readonly<Record<string, string | undefined>>
  /** Paths in arguments are relative to this. */
  readonly cwd: string
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal
  /** The model named, or the one that the environment offers. @throws when it cannot be had */
  chooseModel(name?: string): Promise<ModelChoice>
  /** The agent in a file, or of that name in `./agents`. @throws when there is none */
  loadAgent(target: string, options?: { readonly model?: string | undefined }): Promise<Agent>
}
