import { isObject, type JsonValue } from '@ashlar/core'
import type { StepRecord } from '../durable/journal.ts'
import type { DrawnRun } from './graph-nodes.ts'
import { type Answer, textOfAnswer, tokensOf } from './recorded-answer.ts'
import type { NodeState, RunNode } from './run-node.ts'

interface StepOf {
  readonly id: string
  readonly kind: 'model' | 'tool'
  /** The model call that it is, or that asked for it. */
  readonly turn: number
  readonly step: StepRecord
}

/** The steps of the run itself; those of its sub-agents are inside the calls that began them. */
const stepsOf = ({ record, steps }: DrawnRun): StepOf[] =>
  steps.flatMap((step) => {
    if (!step.key.startsWith(`${record.runId}:`)) return []
    const id = step.key.slice(record.runId.length + 1)
    const [, kind, turn] = /^(model|tool)\/(\d+)/.exec(id) ?? []
    if (turn === undefined) return []
    return [{ id, kind: kind === 'tool' ? 'tool' : 'model', turn: Number(turn), step }]
  })

/** The call that a node of a tool is. */
export const callIdOf = (id: string): string => id.replace(/^tool\/\d+\//, '').replace(/#\d+$/, '')

const callIn = (
  answer: Answer | undefined,
  callId: string,
): Readonly<Record<string, JsonValue | undefined>> =>
  answer?.parts.find((part) => part['callId'] === callId) ?? {}

const stateOfStep = ({ state }: StepRecord, run: DrawnRun): NodeState => {
  if (state !== 'started') return state
  return run.state === 'running' ? 'running' : 'interrupted'
}

const toModel = ({ id, step }: StepOf, { answer, run }: { answer: Answer | undefined; run: DrawnRun }) => {
  const text = answer ? textOfAnswer(answer) : ''
  return {
    id,
    kind: 'model' as const,
    state: stateOfStep(step, run),
    tokens: answer ? tokensOf([answer]) : 0,
    unknown: 0,
    ...(answer && { by: answer.modelId }),
    ...(text !== '' && { output: text, lastText: text }),
  }
}

const toTool = ({ id, step }: StepOf, { answer, run }: { answer: Answer | undefined; run: DrawnRun }) => {
  const callId = callIdOf(id)
  const { name, input } = callIn(answer, callId)
  const inside = run.answers.filter(({ key }) => {
    const path = `${run.record.runId}/${callId}`
    return key.startsWith(`${path}:`) || key.startsWith(`${path}/`)
  })
  const outcome = isObject(step.value) ? step.value : {}
  const output = typeof outcome['output'] === 'string' ? outcome['output'] : undefined
  const isError = outcome['isError'] === true && step.state === 'done'
  return {
    id,
    kind: 'tool' as const,
    state: isError ? ('failed' as const) : stateOfStep(step, run),
    tokens: tokensOf(inside),
    unknown: step.state === 'unknown' ? 1 : 0,
    ...(typeof name === 'string' && { by: name }),
    ...(input !== undefined && { input: JSON.stringify(input) }),
    ...(output !== undefined && (isError ? { error: output } : { output })),
  }
}

/** The steps of an agent's run as nodes: each answer of the model, then the calls that it asked for, side by side. */
export const stepNodes = (run: DrawnRun): RunNode[] => {
  const steps = stepsOf(run)
  const { runId } = run.record
  const answers = new Map(run.answers.map((answer) => [answer.key, answer]))
  const turns = [...Map.groupBy(steps, ({ turn }) => turn)].toSorted(([a], [b]) => a - b)
  const nodes: RunNode[] = []
  let before: string[] = []
  let level = 0
  for (const [turn, all] of turns)
    for (const kind of ['model', 'tool'] as const) {
      const group = all.filter((one) => one.kind === kind)
      if (group.length === 0) continue
      const answer = answers.get(`${runId}:model/${turn}`)
      for (const one of group) {
        const seen =
          kind === 'model'
            ? toModel(one, { answer: answers.get(one.step.key), run })
            : toTool(one, { answer, run })
        nodes.push({ ...seen, level, dependsOn: before, attempts: 1 })
      }
      before = group.map(({ id }) => id)
      level += 1
    }
  return nodes
}
