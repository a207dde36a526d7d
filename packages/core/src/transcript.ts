import {
  type AssistantPart,
  type Message,
  type ToolCallPart,
  toolCallsOf,
  type ToolResultPart,
} from './message.ts'

const answered = (messages: readonly Message[], from: number): Set<string> => {
  const ids = new Set<string>()
  for (const message of messages.slice(from))
    if (message.role === 'tool') for (const part of message.content) ids.add(part.callId)
  return ids
}

/** The calls of the last turn nobody has answered yet; none once a user message follows. */
export const openCalls = (messages: readonly Message[]): ToolCallPart[] => {
  const last = messages.findLastIndex(({ role }) => role !== 'tool')
  const calls = toolCallsOf(messages[last])
  if (calls.length === 0) return calls
  const done = answered(messages, last + 1)
  return calls.filter(({ callId }) => !done.has(callId))
}

/** The parts of one turn; a call whose id an earlier one has gets an id of its own, or one would go unanswered. */
export const withOwnIds = (parts: AssistantPart[]): AssistantPart[] => {
  if (parts.length < 2) return parts
  const taken = new Set<string>()
  return parts.map((part) => {
    if (part.type !== 'tool-call') return part
    let { callId } = part
    for (let n = 2; taken.has(callId); n++) callId = `${part.callId}_${n}`
    taken.add(callId)
    return callId === part.callId ? part : { ...part, callId }
  })
}

/** Adds results at the tail; the results of one turn are one message. */
export const appendResults = (messages: readonly Message[], results: ToolResultPart[]): Message[] => {
  const tail = messages.at(-1)
  if (tail?.role !== 'tool') return [...messages, { role: 'tool', content: results }]
  return [...messages.slice(0, -1), { role: 'tool', content: [...tail.content, ...results] }]
}

/** Answers calls that a user message left open with an error, as every provider wants each call answered. */
export const closeAbandonedCalls = (messages: readonly Message[]): readonly Message[] => {
  let closed: Message[] = []
  for (const message of messages) {
    const open = message.role === 'user' ? openCalls(closed) : []
    if (open.length > 0)
      closed = appendResults(
        closed,
        open.map(({ callId, name }) => ({
          type: 'tool-result',
          callId,
          name,
          output: 'Not run: the user went on before it was answered.',
          isError: true,
        })),
      )
    closed.push(message)
  }
  return closed
}
