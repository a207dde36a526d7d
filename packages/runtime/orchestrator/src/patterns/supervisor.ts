import { type Agent, InvalidArgument, isObject, type JsonSchema, type RunInput, userText } from '@ashlar/core'
import { requireCount } from '../together/line.ts'
import { type PatternOptions, PatternRun, type PatternResult } from './pattern-run.ts'

export interface SupervisorOptions extends PatternOptions {
  /** Tasks given out at most. @default 10 */
  readonly rounds?: number
  /** The same task with the same result this often ends it as `doom-loop`. @default 3 */
  readonly repeats?: number
}

export interface SupervisorResult extends PatternResult<string> {
  /** `done`: the router had an answer. `rounds`, `doom-loop`: a limit; `value` is what was found last. */
  readonly reason: 'done' | 'rounds' | 'doom-loop'
  /** What was given to whom, and what came of it; `failed` with why, where it failed. */
  readonly assignments: readonly Assignment[]
}

export interface Assignment {
  readonly worker: string
  readonly task: string
  readonly state: 'done' | 'failed'
  /** What the worker answered, or why it failed. */
  readonly result: string
}

type Decision = { readonly answer: string } | { readonly worker: string; readonly task: string }

const decisionSchema = (workers: readonly string[]): JsonSchema => ({
  type: 'object',
  properties: {
    next: { type: 'string', enum: [...workers, 'done'], description: 'Who works next, or done' },
    text: { type: 'string', minLength: 1, description: 'The task for who works next; the answer when done' },
  },
  required: ['next', 'text'],
  additionalProperties: false,
})

const toDecision = (output: unknown): Decision | undefined => {
  if (!isObject(output)) return undefined
  const { next, text } = output
  if (typeof next !== 'string' || typeof text !== 'string') return undefined
  return next === 'done' ? { answer: text } : { worker: next, task: text }
}

const introduce = (task: string, workers: Readonly<Record<string, Agent>>): string => {
  const list = Object.entries(workers).map(
    ([name, { description }]) => `- ${name}${description ? `: ${description}` : ''}`,
  )
  return `${task}\n\nYou give out the work, one task at a time, to:\n${list.join('\n')}\nSay done, with the answer, once there is one.`
}

const checkWorkers = (workers: Readonly<Record<string, Agent>>): void => {
  const names = Object.keys(workers)
  if (names.length === 0) throw new InvalidArgument('workers', 'at least one agent', '{}')
  if (names.includes('done')) throw new InvalidArgument('workers', 'names other than done', 'done')
}

/**
 * A router gives tasks to workers, one after the other, reads what comes of each, and says when it is done. A worker
 * that fails is one of the things that it reads.
 * @throws PatternFailed when the router fails, and on abort; InvalidArgument
 */
export const supervisor = async (
  { router, workers }: { readonly router: Agent; readonly workers: Readonly<Record<string, Agent>> },
  task: string,
  options: SupervisorOptions = {},
): Promise<SupervisorResult> => {
  const { rounds = 10, repeats = 3, ...rest } = options
  checkWorkers(workers)
  requireCount('rounds', rounds)
  requireCount('repeats', repeats)
  const run = new PatternRun(rest)
  const output = decisionSchema(Object.keys(workers))
  const assignments: Assignment[] = []
  const seen = new Map<string, number>()
  const end = (value: string, reason: SupervisorResult['reason']): SupervisorResult => ({
    ...run.result(value),
    reason,
    assignments,
  })
  let input: string | RunInput = introduce(task, workers)
  for (let round = 1; ; round++) {
    const { turn, result } = await run.run(router, input, { name: `router-${round}`, output })
    const decision = toDecision(result?.output)
    if (!result || !decision) throw run.failed(`The router failed: ${turn.error?.message ?? 'no decision'}`)
    if ('answer' in decision) return end(decision.answer, 'done')
    const last = assignments.at(-1)?.result ?? ''
    if (round > rounds) return end(last, 'rounds')
    const worker = workers[decision.worker]
    if (!worker) throw run.failed(`There is no worker ${decision.worker}`)
    const done = await run.run(worker, decision.task, { name: `worker-${round}` })
    const { state, text, error } = done.turn
    const found = error ? error.message : text
    assignments.push({ ...decision, state, result: found })
    const key = JSON.stringify([decision, state, found])
    const times = (seen.get(key) ?? 0) + 1
    seen.set(key, times)
    if (times >= repeats) return end(found, 'doom-loop')
    const said = error ? `${decision.worker} failed: ${found}` : `${decision.worker} found:\n${found}`
    input = { messages: [...result.messages, userText(said)] }
  }
}
