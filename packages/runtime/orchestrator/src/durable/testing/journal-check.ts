import { isDeepStrictEqual } from 'node:util'
import type { ClaimRequest, Journal } from '../journal.ts'

/** A journal under test. */
export interface JournalBench {
  readonly journal: Journal
  /** Another one over the same records, as another process has it. */
  reopen(): Promise<Journal>
  /** Lets time pass: moves the clock that the journal was given, or waits. */
  advance(milliseconds: number): Promise<void>
  /** Called after every test. */
  close?(): Promise<void>
}

/** One thing that a journal has to do. */
export type Check = readonly [name: string, test: (bench: JournalBench) => Promise<void>]

export const assertEqual = (actual: unknown, expected: unknown, what: string): void => {
  if (!isDeepStrictEqual(actual, expected))
    throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`)
}

export const assertThrows = async (
  promise: Promise<unknown>,
  is: (error: unknown) => boolean,
  what: string,
): Promise<void> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!is(error))
    throw new Error(`${what}: got ${error instanceof Error ? error.message : JSON.stringify(error)}`)
}

export const requestOf = (more: Partial<ClaimRequest> = {}): ClaimRequest => ({
  runId: 'r',
  name: 'agent',
  version: '1',
  input: { messages: [] },
  leaseMs: 1_000,
  ...more,
})
