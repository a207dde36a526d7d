import type { AgentEvent } from '@ashlar/core'
import { ExecutionFailed } from './execution-failed.ts'
import type { AgentTask, ExecutionResult } from './execution.ts'
import type { AgentExecutor } from './executor-config.ts'
import type { TaskContext, Work } from './graph-run.ts'
import type { Task } from './task.ts'

/** A task of a graph that an agent does. A `timeoutMs` is that of the whole try. */
export interface AgentGraphTask extends Task, Omit<AgentTask, 'id' | 'timeoutMs'> {
  readonly agentId: string
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

/**
 * Work for `runGraph`: each task done by its agent, which is given what the tasks before it found. What does not
 * succeed is thrown as an `ExecutionFailed`, so that it is tried again and marks what depends on it.
 */
export const agentWork =
  (executor: AgentExecutor, { onAgentEvent }: AgentWorkOptions = {}): Work<AgentGraphTask, ExecutionResult> =>
  async (task, context) => {
    const { id, agentId, input, model, maxIterations } = task
    const result = await executor.execute(
      {
        agentId,
        task: {
          id,
          input: withInputs(input, context),
          ...(model !== undefined && { model }),
          ...(maxIterations !== undefined && { maxIterations }),
        },
      },
      {
        signal: context.signal,
        runId: context.idempotencyKey,
        ...(onAgentEvent && { onEvent: (event) => onAgentEvent(event, id) }),
      },
    )
    if (!result.success) throw new ExecutionFailed(result)
    return result
  }
