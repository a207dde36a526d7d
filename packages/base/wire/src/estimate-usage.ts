import type { Message, ModelRequest, Usage } from '@ashlar/core'

/** English text and JSON have about four characters a token (OpenAI's and Anthropic's own rule of thumb). */
const charactersPerToken = 4
/** A common middle of what vendors count for one image. */
const tokensPerImage = 1000

const contentCharacters = (message: Message): number => {
  let characters = 0
  for (const part of message.content)
    if (part.type === 'text' || part.type === 'reasoning') characters += part.text.length
    else if (part.type === 'tool-result') characters += part.output.length
    else if (part.type === 'tool-call') characters += JSON.stringify(part.input)?.length ?? 0
    else characters += tokensPerImage * charactersPerToken
  return characters
}

/** Tokens of a request by the length of its text. */
const inputTokensOf = (request: ModelRequest): number => {
  let characters = request.instructions?.length ?? 0
  for (const message of request.messages) characters += contentCharacters(message)
  if (request.tools) characters += JSON.stringify(request.tools).length
  return Math.ceil(characters / charactersPerToken)
}

/** What a call has used: as far as the vendor counted, the rest by the length of the texts. Marked `estimated`. */
export const estimateUsage = (
  request: ModelRequest,
  seen: { readonly usage?: Usage | undefined; readonly characters: number },
): Usage => {
  const output = Math.ceil(seen.characters / charactersPerToken)
  if (!seen.usage) return { inputTokens: inputTokensOf(request), outputTokens: output, estimated: true }
  return { ...seen.usage, outputTokens: Math.max(seen.usage.outputTokens, output), estimated: true }
}
