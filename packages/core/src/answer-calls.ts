import { appendResults } from './append-results.ts'
import type { DoomLoop } from './doom-loop.ts'
import { createEventQueue } from './event-queue.ts'
import type { Answers } from './loop.ts'
import type { ToolCallPart, ToolResultPart } from './message.ts'
import type { ToolOutcome } from './plugin.ts'
import type { AgentEvent } from './run.ts'
import { failure, runTool, type ToolSetting } from './run-tool.ts'

const toResult = (call: ToolCallPart, outcome: Exclude<ToolOutcome, 'pending'>): ToolResultPart => {
  const { output, content, isError } = outcome
  const result: ToolResultPart = { type: 'tool-result', callId: call.callId, name: call.name, output }
  if (content) result.content = content
  if (isError) result.isError = true
  return result
}

export interface AnswerSetting extends ToolSetting {
  readonly doomLoop: DoomLoop
}

/** Starts to run the calls side by side. */
export const answerCalls = (calls: readonly ToolCallPart[], setting: AnswerSetting): Answers => {
  const { stop } = setting
  const { callsPerTurn, parallelCalls } = setting.limits
  const queue = createEventQueue<AgentEvent>()
  const results: (ToolResultPart | undefined)[] = []
  let next = 0
  let left = calls.length

  const answer = async (call: ToolCallPart, index: number): Promise<void> => {
    const began = performance.now()
    queue.push({ type: 'tool-start', call })
    const outcome =
      index < callsPerTurn
        ? await runTool(call, setting, (update) =>
            queue.push({ type: 'tool-progress', callId: call.callId, update }),
          )
        : failure(`Not run: at most ${callsPerTurn} calls a turn. Call it again in the next turn.`)
    const durationMs = performance.now() - began
    if (outcome === 'pending') return queue.push({ type: 'tool-end', call, durationMs })
    const result = toResult(call, outcome)
    results[index] = result
    queue.push({ type: 'tool-end', call, result, durationMs })
  }
  const fail = (error: unknown): void => queue.end({ error })
  const start = (): void => {
    const index = next++
    const call = calls[index]
    if (call && !stop.aborted) answer(call, index).then(finished, fail)
  }
  const finished = (): void => {
    if (--left === 0) queue.end()
    else start()
  }
  const off = stop.on(() => fail(stop.reason))
  for (let worker = Math.min(parallelCalls, calls.length); worker > 0; worker--) start()
  const given = (): ToolResultPart[] => results.filter((result) => result !== undefined)
  return {
    next: queue.next,
    addTo: (messages) => {
      const all = given()
      return all.length > 0 ? appendResults(messages, all) : undefined
    },
    looping: () => setting.doomLoop.seen(calls, given()),
    close: () => {
      next = calls.length
      queue.end()
      off()
    },
  }
}
