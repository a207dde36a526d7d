import { AshlarError } from '@ashlar/core'
import { type AgentGraphTask, problemsOfAgentTask } from './agent-work.ts'
import { defineGraph, type Graph } from './define-graph.ts'
import type { AgentProfile } from './executor-config.ts'
import { InvalidGraph } from './graph-errors.ts'
import { criticalPathOf, levelsOf } from './graph-shape.ts'
import { isNamed } from './is-named.ts'

/** What is to be done for a goal, and by whom. Plain JSON. */
export interface Plan {
  readonly goal: string
  readonly tasks: readonly AgentGraphTask[]
}

export type Agents = Readonly<Record<string, AgentProfile>>

/** Makes plans. */
export interface Planner {
  /** @throws PlanError when no plan could be made */
  plan(goal: string, options?: PlanOptions): Promise<Plan>
}

export interface PlanOptions {
  readonly signal?: AbortSignal
  /** A plan that was tried, with what came of each task: the new one goes on from there. */
  readonly tried?: { readonly plan: Plan; readonly outcomes: readonly TriedTask[] }
}

/** What came of a task of an earlier plan. */
export interface TriedTask {
  readonly id: string
  readonly state: string
  /** What it gave, or why it failed. */
  readonly note?: string
}

/** No plan could be made; `problems` says what was wrong with the last one. */
export class PlanError extends AshlarError {
  readonly problems: readonly string[]
  override name = 'PlanError'
  constructor(problems: readonly string[]) {
    super('plan-error', `There is no plan that works: ${problems.join('; ')}`)
    this.problems = problems
  }
  static override isInstance(error: unknown): error is PlanError {
    return isNamed(error, 'PlanError')
  }
}

/** Everything that is wrong with a plan: as a graph, and by what the agents are and may do. Empty: it works. */
export const problemsOf = ({ tasks }: Plan, agents: Agents): string[] => {
  const problems: string[] = tasks.length === 0 ? ['it has no task'] : []
  for (const task of tasks)
    for (const { message } of problemsOfAgentTask(task)) problems.push(`"${task.id}": ${message}`)
  for (const { id, agentId } of tasks)
    if (!Object.hasOwn(agents, agentId))
      problems.push(`"${id}" is for "${agentId}", but there are only ${Object.keys(agents).join(', ')}`)
  try {
    defineGraph(tasks)
  } catch (error) {
    if (!InvalidGraph.isInstance(error)) throw error
    problems.push(...error.problems)
  }
  return problems
}

/** The graph of a plan. @throws PlanError which names all that is wrong with it */
export const graphOf = (plan: Plan, agents: Agents): Graph<AgentGraphTask> => {
  const problems = problemsOf(plan, agents)
  if (problems.length > 0) throw new PlanError(problems)
  return defineGraph(plan.tasks)
}

/** A plan for a person to read before it runs: its levels, each task with its agent and what it waits for. */
export const describePlan = (plan: Plan): string => {
  const graph = defineGraph(plan.tasks)
  const lines = levelsOf(graph).flatMap((ids, level) => [
    `${level + 1}. ${ids.length > 1 ? `${ids.length} tasks at once` : 'one task'}`,
    ...ids.map((id) => {
      const {
        agentId,
        input,
        dependsOn = [],
      } = plan.tasks.find((task) => task.id === id) ?? { agentId: '', input: '' }
      const after = dependsOn.length > 0 ? ` (after ${dependsOn.join(', ')})` : ''
      return `   ${id} – ${agentId}: ${input.replaceAll(/\s+/g, ' ')}${after}`
    }),
  ])
  return [`Goal: ${plan.goal}`, ...lines, `Longest chain: ${criticalPathOf(graph).ids.join(' → ')}`].join(
    '\n',
  )
}
