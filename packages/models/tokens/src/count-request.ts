import type { ModelRequest } from '@ashlar/core'
import { loadEncoding } from './load-encoding.ts'
import { createRequestTally } from './request-tally.ts'
import { textRuleOf } from './text-rule.ts'
import { toolTokens } from './tool-tokens.ts'

export interface CountRequestOptions {
  readonly modelId: string
  /** Who serves the model. @default read off `modelId` */
  readonly provider?: string
}

/** How many input tokens a request has, and whether that is what its vendor counts. */
export interface RequestCount {
  readonly tokens: number
  /**
   * True only when the encoding is the model's own and its vendor has published how everything in the request
   * is counted; otherwise `tokens` is an estimate that leans high.
   */
  readonly exact: boolean
}

/** The answer to a chat opens with three tokens. */
const opening = 3
/** What Anthropic adds to the instructions of a request with tools (its guide "Tool use", `tool_choice: auto`). */
const claudeToolPrompt = 346

/**
 * Counts the input tokens of a request as it would be sent: messages, instructions, tools, output schema, images
 * and files by the vendor's rule.
 *
 * Text is exact for models of OpenAI; for others it is counted in o200k_base times a factor of the family. Tools
 * are exact where OpenAI has published the rule; elsewhere they, and schemas, are counted as JSON, which no vendor uses
 * as it is.
 */
export const countRequest = async (
  request: ModelRequest,
  { modelId, provider }: CountRequestOptions,
): Promise<RequestCount> => {
  const rule = textRuleOf(modelId, provider)
  const { count } = await loadEncoding(rule.encoding)
  const tally = createRequestTally({ modelId, provider: provider ?? 'openai', count })
  const { instructions, messages, tools = [], output, providerOptions } = request
  if (instructions) tally.addMessage({ role: 'user', content: [{ type: 'text', text: instructions }] })
  for (const message of messages) tally.addMessage(message)
  const published = toolTokens(tools, { modelId, count })
  if (published === undefined)
    for (const { name, description, inputSchema } of tools)
      tally.addJson({ name, description, parameters: inputSchema })
  else tally.addTokens(published)
  if (output) tally.addJson(output)
  // They may hold anything the vendor knows and this function does not.
  if (providerOptions) tally.estimate()
  const { texts, media, exact } = tally.total()
  const prompt = tools.length > 0 && /claude/i.test(modelId) ? claudeToolPrompt : 0
  return {
    tokens: Math.ceil((texts + opening) * rule.factor) + media + prompt,
    exact: exact && rule.published,
  }
}
