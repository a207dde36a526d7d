import type { Verdict, VerdictKind } from './verdict.ts'

/** Where bytes in a pipe or a variable come from, from harmless to harmful. */
export type Origin = 'none' | 'words' | 'paths' | 'data' | 'remote' | 'secret'

/** What a command writes to its standard output or finds on its standard input. */
export interface Stream {
  readonly origin: Origin
  /** The exact text, when the policy could work it out. */
  readonly text?: string
  /** It came out of a decoder (base64, xxd, gunzip …), so what it says was hidden on purpose. */
  readonly decoded?: boolean
}

/** A verdict about a part of the command, and what that part would print. */
export interface Outcome extends Verdict {
  readonly output?: Stream
}

const origins: readonly Origin[] = ['none', 'words', 'paths', 'data', 'remote', 'secret']
const severity: Readonly<Record<VerdictKind, number>> = { allow: 0, ask: 1, deny: 2 }

export const silence: Stream = { origin: 'none', text: '' }
/** Nothing is handed over: what would be read is not known. */
export const noInput: Stream = { origin: 'none' }
export const someData: Stream = { origin: 'data' }

const knownSafe = 'known-safe'

export const allow = (output: Stream = someData): Outcome => ({
  verdict: 'allow',
  rule: knownSafe,
  why: 'Every part of the command is known and stays inside the project.',
  output,
})

export const ask = (rule: string, why: string, output: Stream = someData): Outcome => ({
  verdict: 'ask',
  rule,
  why,
  output,
})

export const deny = (rule: string, why: string): Outcome => ({
  verdict: 'deny',
  rule,
  why,
  output: someData,
})

/** Of two that allow, one that says more than that everything is known. */
const saysMore = (first: Outcome, second: Outcome): boolean =>
  second.verdict === first.verdict && first.rule === knownSafe && second.rule !== knownSafe

/** The more severe of two; the first where they are equal, unless the second says more. Its output is the first's. */
export const worse = (first: Outcome, second: Outcome): Outcome =>
  severity[second.verdict] > severity[first.verdict] || saysMore(first, second)
    ? { ...second, ...(first.output && { output: first.output }) }
    : first

export const worst = (outcomes: readonly Outcome[], output: Stream = someData): Outcome => ({
  ...outcomes.reduce(worse, allow()),
  output,
})

/** The more harmful of two sources. */
export const mergeOrigins = (first: Origin, second: Origin): Origin =>
  origins.indexOf(second) > origins.indexOf(first) ? second : first

/** What two commands print one after the other. */
export const joinStreams = (first: Stream, second: Stream): Stream => {
  if (first.origin === 'none' && !first.text) return second
  if (second.origin === 'none' && !second.text) return first
  return {
    origin: mergeOrigins(first.origin, second.origin),
    ...(first.text !== undefined && second.text !== undefined && { text: first.text + second.text }),
    ...((first.decoded || second.decoded) && { decoded: true }),
  }
}
