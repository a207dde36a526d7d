import { addUsage, isObject, noUsage, type Usage } from '@ashlar/core'
import type { LiveTexts, RecordedState, RunRecord, StepRecord } from '../durable/journal.ts'
import { cleanText } from './clean.ts'
import { graphNodes, ownerOf } from './graph-nodes.ts'
import { type Answer, answersIn, textOfAnswer } from './recorded-answer.ts'
import type { PendingCall, RunNode, RunView } from './run-node.ts'
import { callIdOf, stepNodes } from './step-nodes.ts'

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
export const stateOf = ({ state, leaseUntil, cancelAsked }: RunRecord, now: number): RunView['state'] => {
  if (state !== 'running') return state
  // Who dies leaves a lease that runs out; whoever hands a run over leaves none.
  if (leaseUntil === 0) return 'queued'
  if (leaseUntil <= now) return 'interrupted'
  return cancelAsked ? 'cancelling' : 'running'
}

/** What is inside of a run that is not done. */
const drawnAs = (state: RunView['state']): RecordedState | 'interrupted' => {
  if (state === 'queued') return 'interrupted'
  return state === 'cancelling' ? 'running' : state
}

const errorOf = ({ state, result }: RunRecord): string | undefined => {
  const message = state === 'failed' && isObject(result) ? result['message'] : undefined
  return typeof message === 'string' ? message : undefined
}

const sumOf = (answers: readonly Answer[]): Usage =>
  answers.reduce((sum, { usage }) => addUsage(sum, usage), noUsage)

export interface RecordedRun {
  readonly record: RunRecord
  readonly steps: readonly StepRecord[]
  /** What is being written, by the key of its step. @default nothing */
  readonly live?: LiveTexts
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What is being written, by the id of the node in which it is. */
const writingIn = (
  nodes: readonly RunNode[],
  { runId, live }: { runId: string; live: LiveTexts },
): LiveTexts => {
  const inside = new Map(nodes.map(({ id, kind }) => [kind === 'tool' ? callIdOf(id) : id, id]))
  const ids = new Set(inside.keys())
  const found = Object.entries(live).flatMap(([key, text]) => {
    const own = key.slice(runId.length + 1)
    const owner = key.startsWith(`${runId}:`) && ids.has(own) ? own : ownerOf(key, { runId, ids })
    const id = owner === undefined ? undefined : inside.get(owner)
    return id === undefined || text === '' ? [] : [[id, cleanText(text)]]
  })
  return Object.fromEntries(found)
}

/** What there is to see of a recorded run. */
export const viewRun = ({ record, steps: recorded, live = {}, now }: RecordedRun): RunView => {
  const { runId, name, version, createdAt, updatedAt, unknown } = record
  const shown = stateOf(record, now)
  const state = drawnAs(shown)
  const answers = answersIn(recorded)
  const known = new Set(recorded.map(({ key }) => key))
  const going = Object.entries(state === 'running' ? live : {}).filter(([key]) => !known.has(key))
  // An answer is a step once it is complete; one that comes is drawn as one that has begun.
  const steps = [...recorded, ...going.map(([key]): StepRecord => ({ key, state: 'started' }))]
  const drawn = { record, steps, answers, state }
  const nodes = graphNodes(drawn) ?? stepNodes(drawn)
  const last = answers.map(textOfAnswer).findLast((text) => text !== '')
  return {
    runId,
    name: cleanText(name),
    state: shown,
    version: cleanText(version),
    createdAt,
    ...(state !== 'running' && state !== 'interrupted' && { endedAt: updatedAt }),
    nodes: nodes.map(cleanNode),
    usage: sumOf(answers),
    modelCalls: answers.length,
    unknown,
    pending: pendingOf(record),
    ...clean(last, 'lastText'),
    writing: writingIn(nodes, { runId, live: Object.fromEntries(going) }),
    ...clean(errorOf(record), 'error'),
  }
}
