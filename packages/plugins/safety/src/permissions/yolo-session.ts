import { InvalidArgument } from '@ashlar/core'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { createRedactor, type Redactor } from '../redact/redactor.ts'
import { checkKnownKeys } from '../known-keys.ts'
import { defineRules } from './check-rules.ts'
import type { PermissionDecision, PermissionRule } from './permission-rule.ts'

/** One call that ran without a person being asked. */
export interface YoloEntry {
  /** ISO 8601. */
  readonly time: string
  readonly runId: string
  readonly callId: string
  readonly agent: string
  readonly tool: string
  /** Redacted. */
  readonly input: unknown
  readonly rule: string
  readonly why: string
}

/** Keeps entries; one that throws has not, and the call is not allowed. */
export type YoloTranscript = (entry: YoloEntry) => void | Promise<void>

export interface YoloOptions {
  /** Where everything it allows is written, before it runs: `jsonlTranscript(file)`, or a function. */
  readonly transcript: YoloTranscript
  /** Milliseconds, at most 24 hours. @default 4 hours */
  readonly durationMs?: number
  /** When it ends, in place of `durationMs`: milliseconds since the epoch, or a date. */
  readonly until?: number | Date
  /** What it still asks about, what it forbids, and which `ask` rule of the agent lapses. @default none */
  readonly rules?: readonly PermissionRule[]
  /** @default createRedactor(): secrets and personal data are masked in the transcript */
  readonly redactor?: Pick<Redactor, 'value' | 'text'>
  readonly clock?: Clock
}

/** A bounded time in which nobody is asked. */
export interface YoloSession {
  /** Milliseconds since the epoch. */
  readonly until: number
  readonly rules: readonly PermissionRule[]
  readonly isActive: () => boolean
  /** Ends it now, for good. */
  readonly end: () => void
  /** Writes down a call that it allows. @throws what the transcript throws */
  readonly record: (
    call: Pick<YoloEntry, 'runId' | 'callId' | 'agent' | 'tool' | 'input'>,
    decision: PermissionDecision,
  ) => Promise<void>
}

const hour = 3_600_000

/**
 * Starts a time in which an agent runs what no rule forbids without asking.
 * @throws InvalidArgument when an option is wrong
 */
export const createYoloSession = (options: YoloOptions): YoloSession => {
  checkKnownKeys(options, {
    of: 'createYoloSession',
    known: ['transcript', 'durationMs', 'until', 'rules', 'redactor', 'clock'],
  })
  const { transcript, durationMs = 4 * hour, clock = systemClock } = options
  if (typeof transcript !== 'function')
    throw new InvalidArgument('transcript', 'a function that keeps entries', transcript)
  const rules = defineRules(options.rules ?? [], 'yolo.rules')
  const redactor = options.redactor ?? createRedactor()
  const start = clock.now()
  const until = options.until === undefined ? start + durationMs : Number(options.until)
  if (!(until > start && until <= start + 24 * hour))
    throw new InvalidArgument(
      options.until === undefined ? 'durationMs' : 'until',
      'an end within the next 24 hours',
      options.until ?? durationMs,
    )
  let ended = false
  return {
    until,
    rules,
    // A clock that was set back does not prolong it.
    isActive: () => !ended && clock.now() >= start && clock.now() < until,
    end: () => void (ended = true),
    record: async ({ runId, callId, agent, tool, input }, { rule, why }) => {
      const time = new Date(clock.now()).toISOString()
      await transcript({
        time,
        runId,
        callId,
        agent,
        tool,
        input: redactor.value(input),
        rule,
        why: redactor.text(why),
      })
    },
  }
}
