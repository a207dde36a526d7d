import type { AgentEvent, InvalidArgument, JsonValue } from '@ashlar/core'
import { problemsOfTask } from './check-executor-config.ts'
import { ExecutionFailed } from './execution-failed.ts'
import type { AgentTask, ExecutionContext, ExecutionResult } from './execution.ts'
import type { AgentExecutor } from './executor-config.ts'
import type { TaskContext, Work } from './graph-run.ts'
import { TaskPaused } from './task-paused.ts'
import type { Task } from './task.ts'

/** A task of a graph that an agent does. A `timeoutMs` is that of the whole try. */
export interface AgentGraphTask extends Task, Omit<AgentTask, 'id' | 'timeoutMs'> {
  readonly agentId: string
  /** Of what it means: a recorded run refuses to take a task that is done for one of another version. */
  readonly version?: string
}

export interface AgentWorkOptions {
  /** Told of the events of every agent's run. */
  readonly onAgentEvent?: (event: AgentEvent, taskId: string) => void
}

/** The input with what the dependencies gave, in their order; an agent reads what led to its task. */
const withInputs = (input: string, { inputs }: TaskContext<ExecutionResult>): string => {
  const given = Object.entries(inputs).map(
    ([id, { output }]) => `<result task="${id}">\n${output}\n</result>`,
  )
  return given.length === 0 ? input : `${input}\n\nWhat was found before:\n${given.join('\n')}`
}

const graphKeys = [
  'agentId',
  'dependsOn',
  'trigger',
  'priority',
  'key',
  'retry',
  'expectedMs',
  'version',
] as const satisfies readonly (keyof AgentGraphTask)[]

/** What is wrong with a task of a graph for an agent: a misspelt limit would be none. */
export const problemsOfAgentTask = (task: AgentGraphTask): InvalidArgument[] =>
  problemsOfTask(task, graphKeys)

const toJson = (value: unknown): JsonValue => JSON.parse(JSON.stringify(value) ?? 'null')

/** Where an agent goes on that paused. */
const stateOf = ({ messages, usage, paused }: ExecutionResult): Partial<ExecutionContext> => ({
  messages,
  usage,
  ...(paused && { steps: paused.steps }),
})

/** What waits for an approval, as JSON. */
const openOf = ({ paused }: ExecutionResult): TaskPaused['pending'] =>
  paused?.pending.map(({ callId, name, input }) => ({ callId, name, input: toJson(input) })) ?? []

/**
 * Work for `runGraph`: each task done by its agent, which is given what the tasks before it found. What does not
 * succeed is thrown as an `ExecutionFailed`, so that it is tried again and marks what depends on it; an agent that waits
 * for an approval pauses its task, and goes on from there once the run has `approvals`.
 */
export const agentWork =
  (executor: AgentExecutor, { onAgentEvent }: AgentWorkOptions = {}): Work<AgentGraphTask, ExecutionResult> =>
  async (task, context) => {
    const [problem] = problemsOfAgentTask(task)
    if (problem) throw problem
    const { id, agentId, input, model, maxIterations, maxTokens, maxUsd } = task
    const { paused, approvals } = context
    const result = await executor.execute(
      {
        agentId,
        task: {
          id,
          input: withInputs(input, context),
          ...(model !== undefined && { model }),
          ...(maxIterations !== undefined && { maxIterations }),
          ...(maxTokens !== undefined && { maxTokens }),
          ...(maxUsd !== undefined && { maxUsd }),
        },
        ...(paused && stateOf(paused)),
      },
      {
        signal: context.signal,
        runId: context.idempotencyKey,
        ...(paused && { approvals }),
        ...(onAgentEvent && { onEvent: (event) => onAgentEvent(event, id) }),
      },
    )
    if (result.paused) throw new TaskPaused(openOf(result), result)
    if (!result.success) throw new ExecutionFailed(result)
    return result
  }
