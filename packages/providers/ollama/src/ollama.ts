import type { LanguageModel } from '@ashlar/core'
import { callUpstream } from '@ashlar/wire'
import { readAnswer } from './read-answer.ts'
import { toRequest } from './to-request.ts'
import { checkOptions, createTransport, type EndpointOptions } from './transport.ts'

/** Options of `ollama()`. */
export interface OllamaOptions extends EndpointOptions {}

/**
 * A model of an Ollama server: over a connection of its own, or through a configured `client` of the official
 * package. Nothing is loaded or opened before the first call.
 * @throws InvalidArgument for a wrong option
 */
export const ollama = (modelId: string, options: OllamaOptions = {}): LanguageModel => {
  checkOptions(modelId, options)
  const transport = createTransport(modelId, options)
  const { caller } = transport
  const { provider } = caller
  const { keepAlive, contextLength } = options
  const model: LanguageModel = {
    provider,
    modelId,
    stream: (request) =>
      callUpstream({
        model,
        request,
        secrets: caller.secrets,
        read: async function* (turn) {
          const { signal, deadline, deltas } = request
          const stream = deltas !== false
          const body = { ...toRequest(request, { modelId, provider, keepAlive, contextLength }), stream }
          const answer = await transport.send({ path: '/api/chat', body, signal, deadline })
          yield* readAnswer(answer, turn, { ...caller, stream })
        },
      }),
  }
  return model
}
