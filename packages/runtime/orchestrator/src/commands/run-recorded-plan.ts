import type { CommandIo, ModelChoice } from '@ashlar/command'
import { oneLine } from '@ashlar/command'
import { aggregate, type Aggregation } from '../aggregate.ts'
import { concat } from '../aggregators.ts'
import { createAgentExecutor } from '../agent-executor.ts'
import { durableRuns } from '../durable/durable-runs.ts'
import type { Journal } from '../durable/journal.ts'
import type { ExecutionResult } from '../execution.ts'
import type { GraphEvent, GraphResult } from '../graph-run.ts'
import { describePlan, type Plan, type Planner } from '../plan.ts'
import { type PlanResult, runPlan } from '../run-plan.ts'
import { cleanText } from '../view/clean.ts'
import type { Approvals } from './approval-options.ts'
import type { AgentsFile } from './load-agents.ts'
import { duration } from './show-run.ts'
import { leaseMs } from './start-command.ts'

export interface RecordedPlanOptions {
  readonly journal: Journal
  readonly runId: string
  readonly file: AgentsFile
  readonly choice: ModelChoice
  readonly planner: Planner
  /** Of the code. */
  readonly version: string
  /** By `task/call`. */
  readonly approvals: Approvals
  /** Asked before another plan runs, which was shown. */
  readonly approve: () => boolean | Promise<boolean>
  readonly io: CommandIo
}

/** What a plan gave: the answers of the tasks that nothing waits for. */
export interface PlanAnswer extends Pick<Aggregation<string>, 'from' | 'missing' | 'partial'> {
  readonly text: string
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** One line for a person; nothing for what they need not know. */
const lineOf = (event: GraphEvent, agents: ReadonlyMap<string, string>): string | undefined => {
  if (event.type === 'task-start') {
    const again = event.attempt > 1 ? `, try ${event.attempt}` : ''
    return `▶ ${event.id} (${agents.get(event.id)}${again})`
  }
  if (event.type === 'task-retry') return `↻ ${event.id}: ${messageOf(event.error)}`
  if (event.type !== 'task-end') return undefined
  const { id, state, error, durationMs } = event.outcome
  if (event.replayed) return `✓ ${id}, done before`
  if (state === 'success') return `✓ ${id}, ${duration(durationMs)}`
  if (state === 'paused') return `‖ ${id}: ${messageOf(error)}`
  return `✗ ${id}, ${state}${error === undefined ? '' : `: ${messageOf(error)}`}`
}

const answerOf = async (plan: Plan, result: GraphResult<ExecutionResult>): Promise<PlanAnswer> => {
  const needed = new Set(plan.tasks.flatMap(({ dependsOn = [] }) => dependsOn))
  const last = plan.tasks.map(({ id }) => id).filter((id) => !needed.has(id))
  const { value, ...rest } = await aggregate(result, concat(), { of: last, value: ({ output }) => output })
  return { text: value, ...rest }
}

/** Says why there is no other plan, and leaves the failure as it is. */
const orSay = ({ plan }: Planner, { stderr, signal }: CommandIo): Planner => ({
  plan: async (goal, options) => {
    try {
      return await plan(goal, options)
    } catch (error) {
      if (signal.aborted || !options?.tried) throw error
      stderr.write(`${oneLine(cleanText(`There is no other plan: ${messageOf(error)}`), 500)}\n`)
      return options.tried.plan
    }
  },
})

/** Runs a plan in a journal, plans again where tasks fail, and tells on standard error how far it is. */
export const runRecordedPlan = async (
  first: Plan,
  { journal, runId, file, choice, planner, version, approvals, approve, io }: RecordedPlanOptions,
): Promise<{ readonly result: PlanResult; readonly answer: PlanAnswer }> => {
  const { agents, tools, plugins } = file
  const runs = durableRuns(journal, { leaseMs, version, deltas: true })
  const guarded = await io.agentPlugins([runs.plugin])
  const executor = createAgentExecutor({
    models: async (name) => (name === 'chosen/model' ? choice.model : (await io.chooseModel(name)).model),
    defaultModel: 'chosen/model',
    agents,
    tools,
    plugins: () => [...plugins, ...guarded],
  })
  const byTask = new Map<string, string>()
  const say = (text: string): unknown => io.stderr.write(`${text}\n`)
  const shown = async (plan: Plan): Promise<boolean> => {
    const isFirst = byTask.size === 0
    for (const { id, agentId } of plan.tasks) byTask.set(id, agentId)
    if (isFirst) return true
    say(`Planned again\n${cleanText(describePlan(plan))}`)
    return approve()
  }
  say(`Run ${runId} (ashlar runs watch shows it)`)
  const result = await runPlan(first, executor, {
    runs,
    runId,
    approvals,
    planner: orSay(planner, io),
    approve: shown,
    signal: io.signal,
    onEvent: (event) => {
      const line = lineOf(event, byTask)
      if (line !== undefined) say(oneLine(cleanText(line), 200))
    },
  })
  return { result, answer: await answerOf(result.plan, result) }
}
