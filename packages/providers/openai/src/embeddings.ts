import {
  addUsage,
  type EmbeddingModel,
  InvalidArgument,
  isObject,
  ModelError,
  noUsage,
  type Usage,
} from '@ashlar/core'
import type { EmbedOptions, EmbedResult } from '@ashlar/core/embedding-model'
import { ConnectionError, readFailure } from '@ashlar/wire'
import type { readEmbeddingFacts } from './embedding-facts.ts'
import { toBatches } from './to-batches.ts'
import { checkOptions, createTransport, type EndpointOptions, type Transport } from './transport.ts'

/** Options of `openaiEmbedding`. */
export interface OpenAIEmbeddingOptions extends EndpointOptions {
  /** Length of the vectors, where the model can shorten them. */
  readonly dimensions?: number
  /** Texts in one request. @default 2048, OpenAI's limit */
  readonly batchSize?: number
  /** Tokens in one request, counted as a third of the UTF-8 bytes. @default 300000, OpenAI's limit */
  readonly batchTokens?: number
}

/** A vector as an array of numbers, or as base64 of little-endian 32-bit floats. */
const toVector = (embedding: unknown): number[] | undefined => {
  if (Array.isArray(embedding)) return embedding
  if (typeof embedding !== 'string') return undefined
  const bytes = Uint8Array.from(atob(embedding), (character) => character.charCodeAt(0))
  const view = new DataView(bytes.buffer)
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => view.getFloat32(index * 4, true))
}

/** The vectors in the order of the texts, whatever order the server sent them in. */
const toVectors = (data: unknown, count: number): number[][] => {
  const vectors = new Map<number, number[]>()
  if (Array.isArray(data))
    for (const [position, entry] of data.entries()) {
      const vector = isObject(entry) ? toVector(entry['embedding']) : undefined
      const index = isObject(entry) && typeof entry['index'] === 'number' ? entry['index'] : position
      if (vector) vectors.set(index, vector)
    }
  return Array.from({ length: count }, (_, index) => {
    const vector = vectors.get(index)
    if (vector) return vector
    const message = `expected ${count} vectors, received ${vectors.size} and none for text ${index}`
    throw new ConnectionError(message)
  })
}

const checkLimits = ({ dimensions, batchSize, batchTokens }: OpenAIEmbeddingOptions): void => {
  for (const [name, value] of Object.entries({ dimensions, batchSize, batchTokens }))
    if (value !== undefined && !(Number.isInteger(value) && value > 0))
      throw new InvalidArgument(name, 'a whole number above 0', value)
}

interface EmbeddingWriter {
  readonly model: EmbeddingModel
  readonly readFacts: typeof readEmbeddingFacts
  readonly transport: Transport
  readonly dimensions: number | undefined
}

/** One request: its texts are within the limits. `count` hears the usage, also of an answer that is no good. */
const embedBatch = async (
  { transport, dimensions, readFacts }: EmbeddingWriter,
  input: string[],
  { signal, deadline, count }: EmbedOptions & { readonly count: (usage: Usage) => void },
): Promise<EmbedResult> => {
  const { caller, server } = transport
  const response = await transport.send({
    path: '/embeddings',
    body: {
      model: caller.modelId,
      input,
      // A quarter of the bytes; compatible servers may not know it.
      encoding_format: server.official ? 'base64' : 'float',
      ...(dimensions !== undefined && { dimensions }),
    },
    signal,
    deadline,
  })
  const answer = await response.json()
  const { headers } = response
  const body = isObject(answer) ? answer : {}
  if (body['error']) throw await readFailure({ ...caller, headers, body })
  const { usage = noUsage, response: answered } = readFacts({ ...caller, headers }, body)
  count(usage)
  return { embeddings: toVectors(body['data'], input.length), usage, response: answered }
}

/** Batch after batch, each metered; a failure says what was used so far. */
const embedAll = async (
  writer: EmbeddingWriter,
  batches: readonly string[][],
  call: EmbedOptions,
): Promise<EmbedResult> => {
  const { model, transport } = writer
  const { caller } = transport
  const { provider, modelId } = caller
  let result: EmbedResult = { embeddings: [], usage: noUsage, response: { provider, modelId } }
  for (const batch of batches) {
    const settle = await call.meter?.reserve(model, batch)
    let used: Usage | undefined
    const count = (usage: Usage): void => {
      used = usage
    }
    try {
      call.signal?.throwIfAborted()
      const { embeddings, usage, response } = await embedBatch(writer, batch, { ...call, count })
      result = {
        embeddings: [...result.embeddings, ...embeddings],
        usage: addUsage(result.usage, usage),
        response,
      }
    } catch (cause) {
      if (call.signal?.aborted) throw call.signal.reason
      if (InvalidArgument.isInstance(cause)) throw cause
      const failure = await readFailure({ ...caller, cause })
      const { message, name: _, code: _code, ...facts } = failure
      throw new ModelError(message, { ...facts, usage: addUsage(result.usage, used ?? noUsage) }, { cause })
    } finally {
      settle?.(used)
    }
  }
  return result
}

/**
 * An embedding model of OpenAI, or of any server that speaks its API. Texts beyond what one request may carry go in
 * several, one after the other; a failure tells in `usage` what was used so far.
 * @throws InvalidArgument when an option is wrong
 */
export const openaiEmbedding = (modelId: string, options: OpenAIEmbeddingOptions = {}): EmbeddingModel => {
  checkOptions(modelId, options, ['dimensions', 'batchSize', 'batchTokens'])
  checkLimits(options)
  const transport = createTransport(modelId, options)
  let readFacts: typeof readEmbeddingFacts | undefined
  const limits = { texts: options.batchSize ?? 2048, tokens: options.batchTokens ?? 300_000 }
  const model: EmbeddingModel = {
    provider: transport.caller.provider,
    modelId,
    embed: async (texts, call = {}) => {
      call.signal?.throwIfAborted()
      const { dimensions = options.dimensions } = call
      // Shared with what reads answers in words, which is loaded on demand too.
      readFacts ??= (await import('./embedding-facts.ts')).readEmbeddingFacts
      return embedAll({ model, transport, dimensions, readFacts }, toBatches(texts, limits), call)
    },
  }
  return model
}
