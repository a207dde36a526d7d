import type { Message, ToolCallPart, ToolResultPart } from './message.ts'

/** Whether a model goes round in circles, told turn by turn. */
export interface DoomLoop {
  readonly seen: (calls: readonly ToolCallPart[], results: readonly ToolResultPart[]) => boolean
}

/**
 * Notices a model that goes round in circles: `seen` is true once the same call has had the same result in
 * `limit` turns with no other result of that call in between. The turns since the last question are in `messages`.
 */
export const createDoomLoop = (limit: number, messages: readonly Message[]): DoomLoop => {
  const last = new Map<string, { output: string; times: number }>()
  const seen: DoomLoop['seen'] = (calls, results) => {
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
  }
  let calls: ToolCallPart[] = []
  const question = messages.findLastIndex(({ role }) => role === 'user')
  for (const { role, content } of messages.slice(question + 1)) {
    if (role === 'assistant') calls = content.filter((part) => part.type === 'tool-call')
    else if (role === 'tool') seen(calls, content)
  }
  return { seen }
}
