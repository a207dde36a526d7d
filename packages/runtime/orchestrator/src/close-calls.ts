import { type Message, toolCallsOf, type ToolResultPart } from '@ashlar/core'
import type { ExecutedToolCall } from './execution.ts'

/** What stands in for the result of a call that was cut off. */
export const cutOff = (why: string): { readonly output: string; readonly isError: true } => ({
  output: `Not finished: ${why}. Its effect may or may not have happened.`,
  isError: true,
})

/**
 * A transcript that ends in calls, with what came of them: a vendor refuses one without, and whoever reads it sees what
 * was under way.
 */
export const closeCalls = (
  messages: readonly Message[],
  { calls, why }: { readonly calls: readonly ExecutedToolCall[]; readonly why: string },
): readonly Message[] => {
  const turn = messages.findLastIndex(({ role }) => role !== 'tool')
  const answers = messages
    .slice(turn + 1)
    .flatMap((message) => (message.role === 'tool' ? message.content : []))
  const answered = new Set(answers.map(({ callId }) => callId))
  const open = toolCallsOf(messages[turn]).filter(({ callId }) => !answered.has(callId))
  if (open.length === 0) return messages
  const added = open.map(({ callId, name }): ToolResultPart => {
    const made = calls.findLast((call) => call.callId === callId)
    const result = made?.result ?? { output: `Not run: ${why}.`, isError: true as const }
    return { type: 'tool-result', callId, name, ...result }
  })
  return [...messages.slice(0, turn + 1), { role: 'tool', content: [...answers, ...added] }]
}
