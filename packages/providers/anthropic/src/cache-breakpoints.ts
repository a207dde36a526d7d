import type {
  CacheControlEphemeral,
  ContentBlockParam,
  TextBlockParam,
  Tool,
} from '@anthropic-ai/sdk/resources/messages'
import type { ConvertedMessage } from './to-message.ts'

/** How long a prompt stays in Anthropic's cache; `false`: no breakpoints are set. */
export type CacheLifetime = '5m' | '1h' | false

/** What can be cached of a request, in the order the API reads it. */
export interface Prompt {
  readonly tools: readonly Tool[]
  readonly system: readonly TextBlockParam[]
  readonly messages: readonly ConvertedMessage[]
}

/** The API takes no more in one request. */
const maxBreakpoints = 4

/** The same blocks with a breakpoint on the last, its own if it has one; what was converted before is never changed. */
const marked = <Block extends Tool | ContentBlockParam>(
  blocks: readonly Block[],
  cacheControl: CacheControlEphemeral,
): Block[] =>
  blocks.map((block, index) =>
    index === blocks.length - 1 ? { cache_control: cacheControl, ...block } : block,
  )

const lastUserBefore = (messages: readonly ConvertedMessage[], end: number): number => {
  for (let index = end - 1; index >= 0; index--) if (messages[index]?.param.role === 'user') return index
  return -1
}

/**
 * Sets breakpoints where they save most: after the last message (the next step reads it), after the
 * instructions (the tools come before them), after the message the step before ended with (the API looks back
 * 20 blocks at most, and a turn of many calls is longer), and after the tools. Breakpoints the parts brought
 * along count towards the API's limit of four.
 */
export const withBreakpoints = (prompt: Prompt, lifetime: CacheLifetime): Prompt => {
  if (lifetime === false) return prompt
  const { tools, system, messages } = prompt
  let free = maxBreakpoints
  for (const message of messages) free -= message.breakpoints
  const last = lastUserBefore(messages, messages.length)
  const places = [
    ...(last >= 0 ? [last] : []),
    ...(system.length > 0 ? (['system'] as const) : []),
    ...(last > 0 ? [lastUserBefore(messages, last)] : []),
    ...(tools.length > 0 ? (['tools'] as const) : []),
  ]
  const chosen = new Set<number | 'system' | 'tools'>(places.slice(0, Math.max(0, free)))
  const cacheControl: CacheControlEphemeral = {
    type: 'ephemeral',
    ...(lifetime === '1h' && { ttl: lifetime }),
  }
  return {
    tools: chosen.has('tools') ? marked(tools, cacheControl) : tools,
    system: chosen.has('system') ? marked(system, cacheControl) : system,
    messages: messages.map((message, index) =>
      chosen.has(index)
        ? { ...message, param: { ...message.param, content: marked(message.param.content, cacheControl) } }
        : message,
    ),
  }
}
