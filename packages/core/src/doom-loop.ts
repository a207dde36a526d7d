import type { ToolCallPart, ToolResultPart } from './message.ts'

/**
 * Notices a model that goes round in circles: `seen` is true once the same call has had the same result in
 * `limit` turns with no other result of that call in between.
 */
export const createDoomLoop = (
  limit: number,
): { seen(calls: readonly ToolCallPart[], results: readonly ToolResultPart[]): boolean } => {
  const last = new Map<string, { output: string; times: number }>()
  return {
    seen: (calls, results) => {
      const turn = new Map<string, string>()
      for (const { callId, output } of results) {
        const call = calls.find((candidate) => candidate.callId === callId)
        if (call) turn.set(`${call.name} ${JSON.stringify(call.input)}`, output)
      }
      let looping = false
      for (const [key, output] of turn) {
        const before = last.get(key)
        const times = before?.output === output ? before.times + 1 : 1
        last.set(key, { output, times })
        looping ||= times >= limit
      }
      return looping
    },
  }
}
