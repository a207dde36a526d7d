import { isDeepStrictEqual } from 'node:util'
import type { AgentGraphTask, AgentWorkOptions } from './agent-work.ts'
import { agentWork } from './agent-work.ts'
import type { Graph } from './define-graph.ts'
import type { DurableRuns } from './durable/durable-runs.ts'
import { ExecutionFailed } from './execution-failed.ts'
import type { ExecutionResult } from './execution.ts'
import type { AgentExecutor } from './executor-config.ts'
import type { GraphResult, RunGraphOptions } from './graph-run.ts'
import { graphOf, type Plan, type Planner, type TriedTask } from './plan.ts'
import { type FailedGraph, runReplanned } from './run-replanned.ts'
import type { TaskOutcome } from './task.ts'

export interface RunPlanOptions
  extends
    Omit<RunGraphOptions<AgentGraphTask, ExecutionResult>, 'from' | 'earlier'>,
    Pick<AgentWorkOptions, 'onAgentEvent'> {
  /** Plans again when tasks failed; what succeeded is kept. @default none: the failure stands */
  readonly planner?: Planner
  /** How often it is planned again. @default 1 */
  readonly replans?: number
  /** Shown every plan before it runs; false ends it. @default every plan runs */
  readonly approve?: (plan: Plan) => boolean | Promise<boolean>
  /**
   * Records the run, its tasks and every plan: begun again under its `runId`, it goes on with the plan it had last. The
   * executor's agents need the plugin of these, too.
   */
  readonly runs?: Pick<DurableRuns, 'runGraph'>
}

export interface PlanResult extends GraphResult<ExecutionResult> {
  /** The plan that ran last. */
  readonly plan: Plan
  /** How many plans ran, or were refused. */
  readonly plans: number
  /** False: the last plan was not approved, and did not run. */
  readonly approved: boolean
  /** Why there was no other plan, when planning again, or asking for approval of it, threw: the failure stands. */
  readonly planError?: unknown
}

const noteOf = ({ output, error }: TaskOutcome<ExecutionResult>): string | undefined => {
  if (output) return output.output.slice(0, 500)
  if (ExecutionFailed.isInstance(error)) return error.message
  return error instanceof Error ? error.message : undefined
}

const toTried = (outcomes: Iterable<TaskOutcome<ExecutionResult>>): TriedTask[] =>
  Array.from(outcomes, (outcome) => {
    const note = noteOf(outcome)
    return { id: outcome.id, state: outcome.state, ...(note !== undefined && { note }) }
  })

type FailedPlan = FailedGraph<AgentGraphTask, ExecutionResult>

/** What was done under an id stays with it: another task gets an id of its own. */
const withOwnIds = (
  tasks: readonly AgentGraphTask[],
  { graph, result, earlier }: FailedPlan,
): AgentGraphTask[] => {
  const tried = new Map([...earlier, ...graph.tasks].map((task) => [task.id, task]))
  const isSame = (task: AgentGraphTask): boolean => {
    const state = result.outcomes.get(task.id)?.state
    // One that never started is known by nothing that was done.
    if (state === 'success' || state === 'upstream_failed' || state === 'skipped') return true
    const before = tried.get(task.id)
    return before === undefined || isDeepStrictEqual(before, task)
  }
  const taken = new Set([...tried.keys(), ...tasks.map(({ id }) => id)])
  const names = new Map<string, string>()
  for (const task of tasks) {
    if (isSame(task)) continue
    let number = 2
    while (taken.has(`${task.id}-${number}`)) number += 1
    names.set(task.id, `${task.id}-${number}`)
    taken.add(`${task.id}-${number}`)
  }
  return tasks.map((task) => ({
    ...task,
    id: names.get(task.id) ?? task.id,
    ...(task.dependsOn && { dependsOn: task.dependsOn.map((id) => names.get(id) ?? id) }),
  }))
}

/** The result of a plan that nobody approved. */
const notRun = (runId: string): GraphResult<ExecutionResult> => ({
  runId,
  state: 'cancelled',
  outcomes: new Map(),
  compensated: [],
  pending: [],
  durationMs: 0,
})

/**
 * Runs a plan by its agents. Where tasks failed and there is a planner, it makes another plan of what is left, which
 * starts from what succeeded; a plan that is the same again does not run.
 * @throws PlanError when the first plan does not fit the agents, and what `approve` throws of it
 */
export const runPlan = async (
  first: Plan,
  executor: AgentExecutor,
  options: RunPlanOptions = {},
): Promise<PlanResult> => {
  const { planner, replans, approve = () => true, onAgentEvent, runs, ...rest } = options
  const work = agentWork(executor, { ...(onAgentEvent && { onAgentEvent }) })
  const { agents } = executor.config
  const { goal } = first
  const runId = rest.runId ?? crypto.randomUUID()
  let plan = first
  let plans = 1
  let approved = true
  let planError: { readonly error: unknown } | undefined
  const plannedAgain = async (failed: FailedPlan): Promise<Graph<AgentGraphTask> | undefined> => {
    const { graph, result, signal } = failed
    const tried = { plan: { goal, tasks: graph.tasks }, outcomes: toTried(result.outcomes.values()) }
    const made = await planner?.plan(goal, { tried, signal })
    if (!made || isDeepStrictEqual(made.tasks, graph.tasks)) return undefined
    const next = { goal, tasks: withOwnIds(made.tasks, failed) }
    const nextGraph = graphOf(next, agents)
    approved = await approve(next)
    if (approved) return nextGraph
    plan = next
    plans += 1
    return undefined
  }
  /** What came of the plan before is not lost with a planner that fails. */
  const replan: typeof plannedAgain = (failed) =>
    plannedAgain(failed).catch((error: unknown) => {
      if (failed.signal.aborted) throw error
      planError = { error }
      return undefined
    })
  const onReplan = ({ tasks }: Graph<AgentGraphTask>): void => {
    plan = { goal, tasks }
    plans += 1
  }
  const how = {
    ...rest,
    runId,
    onReplan,
    ...(planner && { replan }),
    ...(replans !== undefined && { replans }),
  }
  const graph = graphOf(first, agents)
  if (!(await approve(first))) return { ...notRun(runId), plan, plans, approved: false }
  const run = runs
    ? await runs.runGraph(graph, work, { ...how, name: 'plan', about: { goal } })
    : runReplanned(graph, work, how)
  const result = await run.result
  return { ...result, plan, plans, approved, ...(planError && { planError: planError.error }) }
}
