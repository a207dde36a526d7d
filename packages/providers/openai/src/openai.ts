import { InvalidArgument, isObject, type LanguageModel } from '@ashlar/core'
import { callUpstream, type HttpResponse, parseJson, readFailure } from '@ashlar/wire'
import type { AnswerTools, ReadAnswer } from './answer-reader.ts'
import type { ApiBody } from './api-call.ts'
import { chat } from './chat.ts'
import type { OpenAIApi } from './request-writer.ts'
import { checkOptions, createTransport, type EndpointOptions } from './transport.ts'

/** Options of `openai`. */
export interface OpenAIOptions extends EndpointOptions {
  /** The API to speak: `chat`, or `responses` (import it: `openai('gpt-…', { api: responses })`). @default chat */
  readonly api?: OpenAIApi
  /** Asks for tool arguments that fit the schema exactly, where the schema allows it. @default false */
  readonly strictTools?: boolean
  /**
   * Asks for thinking in the encrypted form that can travel back (`responses`).
   * @default true for OpenAI's models that think, by their names
   */
  readonly encryptedReasoning?: boolean
}

/** What the reading of answers is given. */
export const answerTools: AnswerTools = { isObject, parseJson, readFailure }

/** What reads answers where the code for it did not load. */
const unreadable =
  (cause: unknown): ReadAnswer =>
  ({ response }) => {
    response.destroy()
    throw cause
  }

/**
 * A model of OpenAI, or of any server that speaks its API (OpenRouter, Groq, vLLM, LM Studio, …) at `baseURL`.
 * Nothing is loaded or opened before the first call, which throws `InvalidArgument` naming the environment variable
 * when a server that needs a key has none.
 * @throws InvalidArgument when an option is wrong
 */
export const openai = (modelId: string, options: OpenAIOptions = {}): LanguageModel => {
  checkOptions(modelId, options, ['api', 'strictTools', 'encryptedReasoning'])
  const { api = chat, strictTools, encryptedReasoning } = options
  if (typeof api !== 'object')
    throw new InvalidArgument('api', 'the value chat or responses of this package', api)
  const { caller, server, send } = createTransport(modelId, options)
  const { provider, secrets } = caller
  const write = api.createWriter({ modelId, provider, server, strictTools, encryptedReasoning })
  let readAnswer: ReadAnswer | undefined
  const model: LanguageModel = {
    provider,
    modelId,
    stream: (request) => {
      const { signal, deadline, deltas = true } = request
      const post = (body: ApiBody): Promise<HttpResponse> => send({ ...body, signal, deadline })
      return callUpstream({
        model,
        request,
        secrets,
        read: async (turn) => {
          const body = write(request)
          const sent = body instanceof Promise ? body.then(post) : post(body)
          const reader = readAnswer ?? api.loadReader().then((loaded) => (readAnswer = loaded), unreadable)
          const response = await sent
          return (await reader)({ response, caller, turn, stream: deltas, tools: answerTools })
        },
      })
    },
  }
  return model
}
