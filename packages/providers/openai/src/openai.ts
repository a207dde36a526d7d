import { InvalidArgument, type LanguageModel, type ModelRequest } from '@ashlar/core'
import { callUpstream, toModelError } from '@ashlar/wire'
import { type AnswerContext, type AnswerReader, readAnswer } from './answer-reader.ts'
import { createChatReader } from './from-stream.ts'
import { createResponseReader } from './responses/from-stream.ts'
import { createToResponseRequest } from './responses/to-request.ts'
import { createToRequest } from './to-request.ts'
import {
  type ApiBody,
  checkOptions,
  createTransport,
  type EndpointOptions,
  type Transport,
} from './transport.ts'

/** Options of `openai`. */
export interface OpenAIOptions extends EndpointOptions {
  /**
   * `chat` is what every compatible server speaks; `responses` is OpenAI's newer API, where the thinking of a model
   * travels back with its tool calls.
   * @default 'chat'
   */
  readonly api?: 'chat' | 'responses'
  /** Asks for tool arguments that fit the schema exactly, where the schema allows it. @default false */
  readonly strictTools?: boolean
  /**
   * Asks for thinking in the encrypted form that can travel back (responses).
   * @default true for OpenAI's models that think, by their names
   */
  readonly encryptedReasoning?: boolean
}

/** One of the two APIs: how a request is written and its answer read. */
interface Api {
  readonly write: (request: ModelRequest) => ApiBody
  readonly createReader: (context: AnswerContext) => AnswerReader
}

const createApi = (modelId: string, options: OpenAIOptions, { provider, server }: Transport): Api => {
  const { api = 'chat', strictTools = false, encryptedReasoning } = options
  const writer = { modelId, provider, server, strictTools, encryptedReasoning }
  if (api === 'responses') {
    const toRequest = createToResponseRequest(writer)
    const write = (request: ModelRequest): ApiBody => ({ path: '/responses', body: toRequest(request) })
    return { write, createReader: createResponseReader }
  }
  if (api !== 'chat') throw new InvalidArgument('api', "'chat' or 'responses'", api)
  const toRequest = createToRequest(writer)
  const write = (request: ModelRequest): ApiBody => ({ path: '/chat/completions', body: toRequest(request) })
  return { write, createReader: createChatReader }
}

/**
 * A model of OpenAI, or of any server that speaks its API (OpenRouter, Groq, vLLM, LM Studio, …) at `baseURL`.
 * Nothing is loaded or opened before the first call, which throws `InvalidArgument` naming the environment variable
 * when a server that needs a key has none.
 * @throws InvalidArgument when an option is wrong
 */
export const openai = (modelId: string, options: OpenAIOptions = {}): LanguageModel => {
  checkOptions(modelId, options, ['api', 'strictTools', 'encryptedReasoning'])
  const transport = createTransport(modelId, options)
  const { provider, secrets } = transport
  const api = createApi(modelId, options, transport)
  const model: LanguageModel = {
    provider,
    modelId,
    stream: (request) =>
      callUpstream({
        model,
        request,
        secrets,
        read: (turn) =>
          readAnswer({
            turn,
            stream: request.deltas !== false,
            send: () =>
              transport.send({ ...api.write(request), signal: request.signal, deadline: request.deadline }),
            notAnAnswer: (status) =>
              toModelError({ provider, modelId, status, body: 'something else than an answer of this API' }),
            createReader: (headers) => api.createReader({ turn, provider, modelId, headers, secrets }),
          }),
      }),
  }
  return model
}
