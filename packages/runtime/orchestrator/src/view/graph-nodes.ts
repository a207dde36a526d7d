import { isObject, type JsonValue } from '@ashlar/core'
import { defineGraph } from '../define-graph.ts'
import type { RunRecord, StepRecord } from '../durable/journal.ts'
import { plansIn } from '../durable/recorded-plans.ts'
import { isUndone } from '../durable/undone-tasks.ts'
import { InvalidGraph } from '../graph-errors.ts'
import { levelsOf } from '../graph-shape.ts'
import { type Answer, textOfAnswer, tokensOf } from './recorded-answer.ts'
import type { NodeState, RunNode, RunView } from './run-node.ts'

export interface DrawnRun {
  readonly record: RunRecord
  readonly steps: readonly StepRecord[]
  readonly answers: readonly Answer[]
  readonly state: RunView['state']
}

interface RecordedTask {
  readonly id: string
  readonly dependsOn: readonly string[]
  readonly by?: string
  readonly input?: string
}

const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const tasksOf = (tasks: readonly unknown[]): RecordedTask[] =>
  tasks.flatMap((task) => {
    if (!isObject(task) || typeof task['id'] !== 'string') return []
    const { id, dependsOn, agentId, input: asked } = task
    const after = Array.isArray(dependsOn) ? dependsOn.filter((one) => typeof one === 'string') : []
    const by = textIn(agentId)
    const text = textIn(asked)
    return [{ id, dependsOn: after, ...(by && { by }), ...(text && { input: text }) }]
  })

/** The tasks of the graph that counts, and those before it that were begun for another. */
const drawnTasks = (
  { runId, input }: RunRecord,
  steps: ReadonlyMap<string, StepRecord>,
): RecordedTask[] | undefined => {
  const first = isObject(input) ? input['tasks'] : undefined
  if (!Array.isArray(first)) return undefined
  const plans = [first, ...plansIn(steps, runId)].map(tasksOf)
  const last = plans.pop() ?? []
  const ids = new Set(last.map(({ id }) => id))
  const begun = plans.flat().filter(({ id }) => !ids.has(id) && steps.has(`${runId}:task/${id}`))
  return [...new Map([...begun, ...last].map((task) => [task.id, task])).values()]
}

/** The level of each task; all on the first when what is recorded is no graph. */
const levelById = (tasks: readonly RecordedTask[]): Map<string, number> => {
  try {
    const ids = new Set(tasks.map(({ id }) => id))
    const known = tasks.map(({ id, dependsOn }) => ({
      id,
      dependsOn: dependsOn.filter((one) => ids.has(one)),
    }))
    const levels = levelsOf(defineGraph(known))
    return new Map(levels.flatMap((group, level) => group.map((id) => [id, level])))
  } catch (error) {
    if (!InvalidGraph.isInstance(error)) throw error
    return new Map()
  }
}

const ends: Readonly<Record<string, NodeState>> = {
  success: 'done',
  failed: 'failed',
  paused: 'paused',
  pending: 'pending',
  skipped: 'skipped',
  upstream_failed: 'upstream_failed',
  cancelled: 'cancelled',
}

/** What a task left in the journal: its step, and the answers and doubtful effects of the agents inside. */
interface Left {
  readonly step: StepRecord | undefined
  readonly answers: readonly Answer[]
  readonly unknown: number
}

const stateOfTask = (id: string, { step }: Left, { record, state }: DrawnRun): NodeState => {
  const { result } = record
  const said = isObject(result) && Object.hasOwn(result, id) ? result[id] : undefined
  const ended = typeof said === 'string' ? ends[said] : undefined
  if (ended && state !== 'running') return ended
  if (!step) return 'pending'
  if (step.state === 'done') return 'done'
  const note = isObject(step.value) ? step.value : {}
  if (isUndone(note)) return 'cancelled'
  const isOver = state !== 'running'
  if (note['error'] === undefined) return isOver ? 'interrupted' : 'running'
  return note['retries'] === true && !isOver ? 'retrying' : 'failed'
}

const outputOf = (value: JsonValue | undefined): string | undefined => {
  if (value === undefined || value === null) return undefined
  // What an agent gave is a result; what is for people is the answer in it.
  const text = isObject(value) && typeof value['taskId'] === 'string' ? value['output'] : value
  return typeof text === 'string' ? text : JSON.stringify(text)
}

const toNode = (
  task: RecordedTask,
  left: Left,
  { level, run }: { level: number; run: DrawnRun },
): RunNode => {
  const { answers, unknown, step } = left
  const note = isObject(step?.value) ? step.value : {}
  const { attempts, output, error } = note
  const message = isObject(error) ? textIn(error['message']) : undefined
  const given = step?.state === 'done' ? outputOf(output) : undefined
  const lastText = answers.map(textOfAnswer).findLast((text) => text !== '')
  return {
    ...task,
    kind: 'task',
    level,
    state: stateOfTask(task.id, left, run),
    attempts: typeof attempts === 'number' ? attempts : 0,
    tokens: tokensOf(answers),
    unknown,
    ...(given !== undefined && { output: given }),
    ...(message !== undefined && step?.state !== 'done' && { error: message }),
    ...(lastText !== undefined && { lastText }),
  }
}

/** The task in whose tree a step is: the longest id that the key's path begins with. */
export const ownerOf = (
  key: string,
  { runId, ids }: { runId: string; ids: ReadonlySet<string> },
): string | undefined => {
  if (!key.startsWith(`${runId}/`)) return undefined
  const rest = key.slice(runId.length + 1)
  for (let end = rest.length; end > 0;) {
    end = Math.max(rest.lastIndexOf('/', end - 1), rest.lastIndexOf(':', end - 1))
    if (end > 0 && ids.has(rest.slice(0, end))) return rest.slice(0, end)
  }
  return undefined
}

/** The tasks of a graph's run as nodes; undefined when the run is none of a graph. */
export const graphNodes = (run: DrawnRun): RunNode[] | undefined => {
  const byKey = new Map(run.steps.map((step) => [step.key, step]))
  const tasks = drawnTasks(run.record, byKey)
  if (!tasks) return undefined
  const { runId } = run.record
  const ids = new Set(tasks.map(({ id }) => id))
  const answers = Map.groupBy(run.answers, ({ key }) => ownerOf(key, { runId, ids }))
  const doubtful = run.steps.filter(({ state }) => state === 'unknown')
  const unknowns = Map.groupBy(doubtful, ({ key }) => ownerOf(key, { runId, ids }))
  const levels = levelById(tasks)
  return tasks.map((task) => {
    const left: Left = {
      step: byKey.get(`${runId}:task/${task.id}`),
      answers: answers.get(task.id) ?? [],
      unknown: unknowns.get(task.id)?.length ?? 0,
    }
    return toNode(task, left, { level: levels.get(task.id) ?? 0, run })
  })
}
