import { type AssistantPart, type Message, type ToolCallPart, toolCallsOf } from './message.ts'

/** The calls of the last turn nobody has answered yet; none once a user message follows. */
export const openCalls = (messages: readonly Message[]): ToolCallPart[] => {
  const last = messages.findLastIndex(({ role }) => role !== 'tool')
  const calls = toolCallsOf(messages[last])
  if (calls.length === 0) return calls
  const done = messages
    .slice(last + 1)
    .flatMap(({ role, content }) => (role === 'tool' ? content.map(({ callId }) => callId) : []))
  return calls.filter(({ callId }) => !done.includes(callId))
}

/**
 * The parts of one turn; a call whose id an earlier one has gets an id of its own, or one would go unanswered. A copy: an
 * array that has grown has room for 17, and a transcript lives long.
 */
export const withOwnIds = (parts: AssistantPart[]): AssistantPart[] => {
  if (parts.length < 2) return [...parts]
  const taken = new Set<string>()
  return parts.map((part) => {
    if (part.type !== 'tool-call') return part
    let { callId } = part
    for (let n = 2; taken.has(callId); n++) callId = `${part.callId}_${n}`
    taken.add(callId)
    return callId === part.callId ? part : { ...part, callId }
  })
}
