import type { Message, ToolResultPart } from './message.ts'

/** Adds results at the tail; the results of one turn are one message. */
export const appendResults = (messages: readonly Message[], results: ToolResultPart[]): Message[] => {
  const tail = messages.at(-1)
  if (tail?.role !== 'tool') return [...messages, { role: 'tool', content: [...results] }]
  return [...messages.slice(0, -1), { role: 'tool', content: [...tail.content, ...results] }]
}
