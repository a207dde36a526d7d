import { addUsage, isObject, noUsage, type Usage } from '@ashlar/core'
import type { RunRecord, StepRecord } from '../durable/journal.ts'
import { cleanText } from './clean.ts'
import { graphNodes } from './graph-nodes.ts'
import { type Answer, answersIn, textOfAnswer } from './recorded-answer.ts'
import type { PendingCall, RunNode, RunView } from './run-node.ts'
import { stepNodes } from './step-nodes.ts'

const clean = (text: string | undefined, name: string): object =>
  text === undefined ? {} : { [name]: cleanText(text) }

const cleanNode = ({ input, output, error, lastText, by, ...node }: RunNode): RunNode => ({
  ...node,
  ...clean(by, 'by'),
  ...clean(input, 'input'),
  ...clean(output, 'output'),
  ...clean(error, 'error'),
  ...clean(lastText, 'lastText'),
})

/** The calls that a paused run waits for. */
export const pendingOf = ({ state, result }: Pick<RunRecord, 'state' | 'result'>): PendingCall[] => {
  const pending = state === 'paused' && isObject(result) ? result['pending'] : undefined
  if (!Array.isArray(pending)) return []
  return pending.flatMap((call) => {
    if (!isObject(call)) return []
    const { callId, name, input = null } = call
    return typeof callId === 'string' && typeof name === 'string' ? [{ callId, name, input }] : []
  })
}

/** Where a run stands, as of now. */
export const stateOf = ({ state, leaseUntil }: RunRecord, now: number): RunView['state'] =>
  state === 'running' && leaseUntil <= now ? 'interrupted' : state

const errorOf = ({ state, result }: RunRecord): string | undefined => {
  const message = state === 'failed' && isObject(result) ? result['message'] : undefined
  return typeof message === 'string' ? message : undefined
}

const sumOf = (answers: readonly Answer[]): Usage =>
  answers.reduce((sum, { usage }) => addUsage(sum, usage), noUsage)

export interface RecordedRun {
  readonly record: RunRecord
  readonly steps: readonly StepRecord[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What there is to see of a recorded run. */
export const viewRun = ({ record, steps, now }: RecordedRun): RunView => {
  const { runId, name, version, createdAt, updatedAt, unknown } = record
  const state = stateOf(record, now)
  const answers = answersIn(steps)
  const drawn = { record, steps, answers, state }
  const nodes = graphNodes(drawn) ?? stepNodes(drawn)
  const last = answers.map(textOfAnswer).findLast((text) => text !== '')
  return {
    runId,
    name: cleanText(name),
    state,
    version: cleanText(version),
    createdAt,
    ...(state !== 'running' && state !== 'interrupted' && { endedAt: updatedAt }),
    nodes: nodes.map(cleanNode),
    usage: sumOf(answers),
    modelCalls: answers.length,
    unknown,
    pending: pendingOf(record),
    ...clean(last, 'lastText'),
    ...clean(errorOf(record), 'error'),
  }
}
