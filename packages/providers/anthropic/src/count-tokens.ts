import { isObject, type ModelRequest } from '@ashlar/core'
import { toModelError } from '@ashlar/wire/model-error'
import type { MessageCountTokensParams } from '@anthropic-ai/sdk/resources/messages'
import { type AnthropicModel, internals } from './anthropic.ts'
import type { MessagesBody } from './to-request.ts'

/** What of a request counts. */
const toCountBody = (body: MessagesBody): MessageCountTokensParams => ({
  model: body.model,
  messages: body.messages,
  ...(body.system !== undefined && { system: body.system }),
  ...(body.tools && { tools: body.tools }),
  ...(body.tool_choice && { tool_choice: body.tool_choice }),
  ...(body.thinking && { thinking: body.thinking }),
  ...(body.output_config && { output_config: body.output_config }),
})

/**
 * The input tokens of a request, counted by Anthropic (`/v1/messages/count_tokens`, free of charge) without
 * asking the model. It is the same conversion `model.stream(request)` sends.
 * @throws ModelError when the call fails, the signal's reason after an abort
 */
export const countTokens = async (model: AnthropicModel, request: ModelRequest): Promise<number> => {
  const { provider, modelId } = model
  const { transport, write } = model[internals]
  const { signal, deadline } = request
  signal?.throwIfAborted()
  const { body, version, betas } = write(request)
  const answer = await transport.send({
    path: '/v1/messages/count_tokens',
    body: toCountBody(body),
    version,
    betas,
    signal,
    deadline,
  })
  const counted = await answer.json().catch((cause: unknown) => {
    throw signal?.aborted ? signal.reason : toModelError({ provider, modelId, cause })
  })
  if (isObject(counted) && typeof counted['input_tokens'] === 'number') return counted['input_tokens']
  throw toModelError({ provider, modelId, headers: answer.headers, body: counted })
}
