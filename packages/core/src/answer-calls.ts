import { createEventQueue } from './event-queue.ts'
import type { ToolCallPart, ToolResultPart } from './message.ts'
import type { AgentEvent } from './run.ts'
import { failure, runTool, type ToolSetting } from './run-tool.ts'

export interface AnswerOptions extends ToolSetting {
  /** Calls that run at the same time. */
  readonly parallel: number
  /** Calls of one turn that run at all; the rest are answered with an error. */
  readonly callsPerTurn: number
}

/**
 * Runs the calls side by side and yields what happens; returns the results in the order of the calls, without
 * those left pending. An abort ends it at once, even when a tool ignores its signal.
 */
export async function* answerCalls(
  calls: readonly ToolCallPart[],
  options: AnswerOptions,
): AsyncGenerator<AgentEvent, ToolResultPart[]> {
  const { signal } = options.run
  const queue = createEventQueue<AgentEvent>()
  const results: (ToolResultPart | undefined)[] = calls.map(() => undefined)
  let next = 0
  let left = calls.length

  const answer = async (call: ToolCallPart, index: number): Promise<void> => {
    const began = performance.now()
    queue.push({ type: 'tool-start', call })
    const outcome =
      index < options.callsPerTurn
        ? await runTool(call, options, (update) =>
            queue.push({ type: 'tool-progress', callId: call.callId, update }),
          )
        : failure(`Not run: at most ${options.callsPerTurn} calls a turn. Call it again in the next turn.`)
    const durationMs = performance.now() - began
    if (outcome === 'pending') return queue.push({ type: 'tool-end', call, durationMs })
    const { output, content, isError } = outcome
    const result: ToolResultPart = { type: 'tool-result', callId: call.callId, name: call.name, output }
    if (content) result.content = content
    if (isError) result.isError = true
    results[index] = result
    queue.push({ type: 'tool-end', call, result, durationMs })
  }
  const work = async (): Promise<void> => {
    for (let call = calls[next]; call && !signal.aborted; call = calls[next]) {
      await answer(call, next++)
      if (--left === 0) queue.end()
    }
  }
  const fail = (error: unknown): void => queue.end({ error })
  const abort = (): void => fail(signal.reason)

  signal.addEventListener('abort', abort, { once: true })
  try {
    for (let worker = Math.min(options.parallel, calls.length); worker > 0; worker--) work().catch(fail)
    yield* queue.drain()
    return results.filter((result) => result !== undefined)
  } finally {
    next = calls.length
    queue.end()
    signal.removeEventListener('abort', abort)
  }
}
