import type { ModelRequest, Usage } from '@ashlar/core'

/** English text and JSON have about four characters a token (OpenAI's and Anthropic's own rule of thumb). */
const charactersPerToken = 4
/** A thousand tokens, a common middle of what vendors count for one image. */
const charactersPerImage = 4000

const lengthOf = (value: unknown): number => JSON.stringify(value)?.length ?? 0

/** Tokens of a request by the length of its texts. */
const inputTokensOf = ({ instructions = '', messages, tools }: ModelRequest): number => {
  let characters = instructions.length + lengthOf(tools)
  for (const { content } of messages)
    for (const part of content)
      if ('text' in part) characters += part.text.length
      else if ('output' in part) characters += part.output.length
      else characters += part.type === 'tool-call' ? lengthOf(part.input) : charactersPerImage
  return Math.ceil(characters / charactersPerToken)
}

/** What a call has used: as far as the vendor counted, the rest by the length of the texts. `estimated` says which. */
export const estimateUsage = (
  request: ModelRequest,
  { usage, characters }: { readonly usage?: Usage | undefined; readonly characters: number },
): Usage => {
  const outputTokens = Math.ceil(characters / charactersPerToken)
  return usage
    ? { ...usage, outputTokens: Math.max(usage.outputTokens, outputTokens), estimated: 'output' }
    : { inputTokens: inputTokensOf(request), outputTokens, estimated: true }
}
