import { addUsage, type EmbeddingModel, InvalidArgument, ModelError, noUsage, type Usage } from '@ashlar/core'
import type { EmbedOptions, EmbedResult } from '@ashlar/core/embedding-model'
import { ConnectionError } from '@ashlar/wire'
import { toModelError } from '@ashlar/wire/model-error'
import { toObject } from './read-answer.ts'
import { checkOptions, createTransport, type EndpointOptions, type Transport } from './transport.ts'

/** Options of `ollamaEmbedding()`. */
export interface OllamaEmbeddingOptions extends EndpointOptions {
  /** Length of the vectors, where the model can shorten them. */
  readonly dimensions?: number
  /** Texts in one request; Ollama has no limit, but one request is one wait. @default 512 */
  readonly batchSize?: number
}

const defaultBatchSize = 512

interface Embedder {
  readonly model: EmbeddingModel
  readonly transport: Transport
  readonly fields: {
    readonly keep_alive?: string | number
    readonly options?: { readonly num_ctx: number }
  }
  readonly call: EmbedOptions
}

const isVector = (value: unknown): value is number[] => Array.isArray(value) && value.length > 0

const tooFew = (wanted: number, received: number): ConnectionError =>
  new ConnectionError(`expected ${wanted} vectors, received ${received}`, {
    code: 'network',
    phase: 'body',
    sent: true,
  })

type Vectors = Pick<EmbedResult, 'embeddings' | 'usage'>

const embedBatch = async (
  { model: { modelId }, transport, fields, call }: Embedder,
  input: string[],
): Promise<Vectors> => {
  const { dimensions, signal, deadline } = call
  // A text that does not fit is refused, where Ollama would embed its beginning in silence.
  const body = {
    model: modelId,
    input,
    truncate: false,
    ...(dimensions !== undefined && { dimensions }),
    ...fields,
  }
  const response = await transport.send({ path: '/api/embed', body, signal, deadline })
  const answer = toObject(await response.json(), response, transport.caller)
  const { embeddings, prompt_eval_count: counted } = answer
  const vectors = Array.isArray(embeddings) ? embeddings.filter(isVector) : []
  if (vectors.length !== input.length) throw tooFew(input.length, vectors.length)
  const usage: Usage =
    typeof counted === 'number' ? { inputTokens: counted, outputTokens: 0 } : { ...estimate(input) }
  return { embeddings: vectors, usage }
}

/** Four characters a token, for servers that count nothing. */
const estimate = (texts: readonly string[]): Usage => {
  let tokens = 0
  for (const text of texts) tokens += Math.ceil(text.length / 4)
  return { inputTokens: tokens, outputTokens: 0, estimated: true }
}

/** The endpoint of servers before 0.3: one text a request, nothing counted. */
const embedOneByOne = async (
  { model: { modelId }, transport, fields, call }: Embedder,
  texts: readonly string[],
): Promise<Vectors> => {
  const { dimensions, signal, deadline } = call
  if (dimensions !== undefined)
    throw new InvalidArgument('dimensions', 'nothing (this Ollama is too old for it: update it)', dimensions)
  const embeddings: number[][] = []
  for (const prompt of texts) {
    const body = { model: modelId, prompt, ...fields }
    const response = await transport.send({ path: '/api/embeddings', body, signal, deadline })
    const { embedding } = toObject(await response.json(), response, transport.caller)
    if (!isVector(embedding)) throw tooFew(texts.length, embeddings.length)
    embeddings.push(embedding)
  }
  return { embeddings, usage: estimate(texts) }
}

/** A router that does not know the path; a model that is not there is a 404 too, but says so. */
const isMissingRoute = (error: unknown): boolean =>
  ModelError.isInstance(error) && error.status === 404 && !/\bmodel\b/i.test(error.message)

const embedTexts = async (embedder: Embedder, texts: string[]): Promise<Vectors> => {
  try {
    return await embedBatch(embedder, texts)
  } catch (cause) {
    if (isMissingRoute(cause)) return embedOneByOne(embedder, texts)
    throw cause
  }
}

/** Batch after batch, each metered; a failure says what those before it used. */
const embedAll = async (
  embedder: Embedder,
  texts: readonly string[],
  batchSize: number,
): Promise<EmbedResult> => {
  const { call, transport, model } = embedder
  const { provider, modelId } = model
  const embeddings: number[][] = []
  let usage = noUsage
  for (let start = 0; start < texts.length; start += batchSize) {
    const asked = texts.slice(start, start + batchSize)
    const settle = await call.meter?.reserve(model, asked)
    let used: Usage | undefined
    try {
      call.signal?.throwIfAborted()
      const batch = await embedTexts(embedder, asked)
      used = batch.usage
      for (const vector of batch.embeddings) embeddings.push(vector)
      usage = addUsage(usage, batch.usage)
    } catch (cause) {
      if (call.signal?.aborted) throw call.signal.reason
      if (InvalidArgument.isInstance(cause)) throw cause
      const { message, name: _, code: _code, ...facts } = toModelError({ ...transport.caller, cause })
      throw new ModelError(message, { ...facts, usage }, { cause })
    } finally {
      settle?.(used)
    }
  }
  return { embeddings, usage, response: { provider, modelId } }
}

/**
 * An embedding model of an Ollama server. Many texts go in several requests, one after the other; a failure tells in
 * `usage` what those before it used. Servers too old for `/api/embed` are asked for one text at a time.
 * @throws InvalidArgument when an option is wrong
 */
export const ollamaEmbedding = (modelId: string, options: OllamaEmbeddingOptions = {}): EmbeddingModel => {
  checkOptions(modelId, options, ['dimensions', 'batchSize'])
  const { batchSize = defaultBatchSize, keepAlive, contextLength } = options
  for (const [name, value] of Object.entries({ dimensions: options.dimensions, batchSize }))
    if (value !== undefined && !(Number.isInteger(value) && value > 0))
      throw new InvalidArgument(name, 'a whole number above 0', value)
  const transport = createTransport(modelId, options)
  const fields = {
    ...(keepAlive !== undefined && { keep_alive: keepAlive }),
    ...(contextLength !== undefined && { options: { num_ctx: contextLength } }),
  }
  const model: EmbeddingModel = {
    provider: transport.caller.provider,
    modelId,
    embed: async (texts, call = {}) => {
      call.signal?.throwIfAborted()
      const { dimensions = options.dimensions } = call
      const asked = { ...call, ...(dimensions !== undefined && { dimensions }) }
      return embedAll({ model, transport, fields, call: asked }, texts, batchSize)
    },
  }
  return model
}
