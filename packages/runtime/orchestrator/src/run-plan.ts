import type { AgentGraphTask, AgentWorkOptions } from './agent-work.ts'
import { agentWork } from './agent-work.ts'
import { ExecutionFailed } from './execution-failed.ts'
import type { ExecutionResult } from './execution.ts'
import type { AgentExecutor } from './executor-config.ts'
import type { GraphResult, RunGraphOptions } from './graph-run.ts'
import { graphOf, type Plan, type Planner, type TriedTask } from './plan.ts'
import { runGraph } from './run-graph.ts'
import type { TaskOutcome } from './task.ts'

export interface RunPlanOptions
  extends
    Omit<RunGraphOptions<AgentGraphTask, ExecutionResult>, 'from'>,
    Pick<AgentWorkOptions, 'onAgentEvent'> {
  /** Plans again when tasks failed; what succeeded is kept. @default none: the failure stands */
  readonly planner?: Planner
  /** How often it is planned again. @default 1 */
  readonly replans?: number
  /** Shown every plan before it runs; false ends it. @default every plan runs */
  readonly approve?: (plan: Plan) => boolean | Promise<boolean>
}

export interface PlanResult extends GraphResult<ExecutionResult> {
  /** The plan that ran last. */
  readonly plan: Plan
  /** How many plans ran, or were refused. */
  readonly plans: number
  /** False: the last plan was not approved, and did not run. */
  readonly approved: boolean
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

/**
 * Runs a plan by its agents. Where tasks failed and there is a planner, it makes another plan of what is left, which
 * starts from what succeeded.
 * @throws PlanError when a plan does not fit the agents, and what the planner and `approve` throw
 */
export const runPlan = async (
  first: Plan,
  executor: AgentExecutor,
  options: RunPlanOptions = {},
): Promise<PlanResult> => {
  const { planner, replans = 1, approve = () => true, onAgentEvent, ...rest } = options
  const work = agentWork(executor, { ...(onAgentEvent && { onAgentEvent }) })
  const { agents } = executor.config
  const runId = rest.runId ?? crypto.randomUUID()
  let plan = first
  let result: GraphResult<ExecutionResult> | undefined
  for (let plans = 1; ; plans++) {
    const graph = graphOf(plan, agents)
    if (!(await approve(plan))) {
      const nothing = {
        runId,
        state: 'cancelled' as const,
        outcomes: new Map(),
        compensated: [],
        durationMs: 0,
      }
      return { ...(result ?? nothing), plan, plans, approved: false }
    }
    result = await runGraph(graph, work, {
      ...rest,
      runId,
      ...(result && { from: result.outcomes.values() }),
    }).result
    if (result.state !== 'failed' || !planner || plans > replans)
      return { ...result, plan, plans, approved: true }
    const tried = { plan, outcomes: toTried(result.outcomes.values()) }
    plan = await planner.plan(plan.goal, { tried, ...(rest.signal && { signal: rest.signal }) })
  }
}
