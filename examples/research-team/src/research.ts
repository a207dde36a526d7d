import { setTimeout as sleep } from 'node:timers/promises'
import { type AgentEvent, type LanguageModel, InvalidArgument } from '@ashlar/core'
import { agentWork, createAgentExecutor, type ExecutionResult } from '@ashlar/orchestrator/executor'
import { type DurableRuns, RunLeased } from '@ashlar/orchestrator/durable'
import { defineGraph, type GraphEvent, type GraphResult } from '@ashlar/orchestrator/graph'
import { describePlan, graphOf, modelPlanner, type Plan } from '@ashlar/orchestrator/planning'
import { workspaceTools } from '@ashlar/workspace'
import { fixedPlanner, goalOf, planning, team } from './team.ts'

export interface Research {
  readonly question: string
  /** The folder of the documents. */
  readonly root: string
  readonly files: readonly string[]
  readonly model: LanguageModel
  readonly runs: DurableRuns
  /** The same again goes on with what was begun. */
  readonly runId: string
  readonly signal: AbortSignal
}

/** A process that was killed holds its run for a moment. */
const claimed = async <T>(begin: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries++) {
    try {
      return await begin()
    } catch (error) {
      if (!RunLeased.isInstance(error) || tries === 3) throw error
      console.log('The process before this one still holds the run: waiting a moment')
      await sleep(Math.max(0, error.leaseUntil - Date.now()) + 50)
    }
  }
}

/** The plan, which is recorded like everything else: a model might make another one the second time. */
const planOf = async ({ question, files, model, runs, runId, signal }: Research): Promise<Plan> => {
  const planner =
    model.modelId === 'offline-rules'
      ? fixedPlanner(question, files)
      : modelPlanner({ model, agents: team, instructions: planning })
  const goal = goalOf(question, files)
  const run = await claimed(() =>
    runs.runGraph(defineGraph([{ id: 'plan' }]), () => planner.plan(goal, { signal }), {
      runId: `${runId}-plan`,
      signal,
    }),
  )
  const { outcomes } = await run.result
  const planned = outcomes.get('plan')
  signal.throwIfAborted()
  if (!planned?.output) throw planned?.error ?? new InvalidArgument('plan', 'a plan', planned?.state)
  return planned.output
}

const showTask = (event: GraphEvent): void => {
  if (event.type === 'task-start') console.log(`… ${event.id}`)
  if (event.type === 'task-retry') console.log(`↻ ${event.id}: ${String(event.error)}`)
  if (event.type !== 'task-end') return
  const { id, state, durationMs, error } = event.outcome
  const how = event.replayed ? 'from the journal' : `${(durationMs / 1_000).toFixed(1)} s`
  if (state === 'success') console.log(`✓ ${id}, ${how}`)
  else console.log(`✗ ${id}: ${state}${error instanceof Error ? `, ${error.message}` : ''}`)
}

const showTool = (event: AgentEvent, id: string): void => {
  if (event.type !== 'tool-end') return
  const { call, result } = event
  const of =
    typeof call.input === 'object' && call.input && 'path' in call.input ? ` ${String(call.input.path)}` : ''
  console.log(
    `  ${id}: ${call.name}${of} → ${result?.isError ? result.output : `${result?.output.length} characters`}`,
  )
}

/** Lets the team work on the question, showing the plan and every task; what was done before is not done again. */
export const research = async (
  work: Research,
): Promise<{ readonly plan: Plan; readonly result: GraphResult<ExecutionResult> }> => {
  const { root, model, runs, runId, signal } = work
  const plan = await planOf(work)
  console.log(`\n${describePlan({ ...plan, goal: work.question })}\n`)
  const { writeFile: _, ...tools } = workspaceTools({ root })
  const executor = createAgentExecutor({
    models: () => model,
    defaultModel: model.modelId,
    agents: team,
    tools,
    plugins: () => [runs.plugin],
  })
  const run = await claimed(() =>
    runs.runGraph(graphOf(plan, team), agentWork(executor, { onAgentEvent: showTool }), {
      runId,
      signal,
      onEvent: showTask,
      retry: { attempts: 2 },
    }),
  )
  const result = await run.result
  signal.throwIfAborted()
  return { plan, result }
}
