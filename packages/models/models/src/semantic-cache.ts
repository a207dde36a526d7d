import { cosine } from '@ashlar/ranking'
import {
  type EmbeddingModel,
  InvalidArgument,
  isObject,
  type LanguageModel,
  type ModelRequest,
} from '@ashlar/core'
import { checkFunctions, checkModel, checkNames, checkNumbers } from './check-options.ts'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { type OpenedStream, startStream } from './model-stream.ts'
import { createPartialAnswer } from './partial-answer.ts'
import { canonicalRequest } from './request-key.ts'
import { isWorthKeeping, replayAnswer, type StoredAnswer, toStoredAnswer } from './stored-answer.ts'
import { wrapModel } from './wrap-model.ts'

export interface SemanticCacheOptions {
  readonly embeddings: EmbeddingModel
  /** Whose request it is. Answers never cross tenants; a request without a tenant is not answered from the cache. */
  readonly tenant: (request: ModelRequest) => string | undefined
  /** How alike two questions must be, as a cosine above 0 and up to 1. Measure it for your model and questions. */
  readonly threshold: number
  /** Milliseconds an answer is good for. @default 300_000 */
  readonly ttlMs?: number
  /** Answers kept; the oldest goes first. @default 1_000 */
  readonly maxEntries?: number
  /** Told when the embedding fails, which never fails a call. */
  readonly onError?: (error: unknown) => void
  readonly clock?: Clock
}

interface Entry {
  readonly vector: readonly number[]
  readonly answer: StoredAnswer
  readonly expiresAt: number
  readonly place: Set<Entry>
}

/** The last question, and all the rest, which must be the same. */
const split = (
  model: LanguageModel,
  request: ModelRequest,
): { question: string; rest: string } | undefined => {
  const last = request.messages.at(-1)
  const [part, ...others] = last?.role === 'user' ? last.content : []
  if (part?.type !== 'text' || others.length > 0 || (request.tools?.length ?? 0) > 0) return undefined
  return {
    question: part.text,
    rest: canonicalRequest(model, { ...request, messages: request.messages.slice(0, -1) }),
  }
}

const checkOptions = (options: SemanticCacheOptions): void => {
  checkNames(options, ['embeddings', 'tenant', 'threshold', 'ttlMs', 'maxEntries', 'onError', 'clock'])
  const { embeddings, tenant, threshold } = options
  if (!isObject(embeddings) || typeof embeddings.embed !== 'function')
    throw new InvalidArgument('embeddings', 'an embedding model, with `embed`', embeddings)
  if (typeof tenant !== 'function') throw new InvalidArgument('tenant', 'a function of the request', tenant)
  if (threshold === undefined)
    throw new InvalidArgument('threshold', 'a number above 0 and at most 1', threshold)
  checkNumbers(options, {
    threshold: { min: 0, above: true, max: 1 },
    ttlMs: { min: 0, above: true },
    maxEntries: { min: 1, whole: true },
  })
  checkFunctions(options, ['onError'])
}

/** Answers by what their questions mean, in places that share nothing. */
interface SemanticMemory {
  find(place: string, vector: readonly number[]): StoredAnswer | undefined
  keep(place: string, found: Pick<Entry, 'vector' | 'answer'>): void
}

const createMemory = (options: SemanticCacheOptions): SemanticMemory => {
  const { threshold, ttlMs = 300_000, maxEntries = 1000, clock = systemClock } = options
  const places = new Map<string, Set<Entry>>()
  const byAge = new Set<Entry>()
  const remove = (entry: Entry): void => {
    byAge.delete(entry)
    entry.place.delete(entry)
  }
  return {
    find(name, vector) {
      let best: StoredAnswer | undefined
      let bestScore = threshold
      for (const entry of places.get(name) ?? []) {
        if (entry.expiresAt <= clock.now()) remove(entry)
        else {
          const score = cosine(entry.vector, vector)
          if (score < bestScore) continue
          bestScore = score
          best = entry.answer
        }
      }
      return best
    },
    keep(name, found) {
      const place = places.get(name) ?? new Set()
      places.set(name, place)
      const entry: Entry = { ...found, place, expiresAt: clock.now() + ttlMs }
      place.add(entry)
      byAge.add(entry)
      for (const oldest of byAge) {
        if (byAge.size <= maxEntries) break
        remove(oldest)
      }
      for (const [other, entries] of places) if (entries.size === 0) places.delete(other)
    },
  }
}

/**
 * Answers a question from the cache when one that means much the same was answered before for the same tenant, with
 * the same conversation before it, the same instructions and parameters. Alike is not equal: this gives wrong answers
 * where the threshold is too low, so use it for questions where that does no harm. Never for requests with tools.
 *
 * @throws InvalidArgument when an option is wrong
 */
export const semanticCache = (model: LanguageModel, options: SemanticCacheOptions): LanguageModel => {
  checkModel(model)
  checkOptions(options)
  const { embeddings, tenant, onError = () => undefined } = options
  const memory = createMemory(options)

  const embed = async (question: string, request: ModelRequest): Promise<readonly number[] | undefined> => {
    try {
      const { signal, deadline } = request
      const given = { ...(signal && { signal }), ...(deadline !== undefined && { deadline }) }
      return (await embeddings.embed([question], given)).embeddings[0]
    } catch (error) {
      request.signal?.throwIfAborted()
      onError(error)
      return undefined
    }
  }
  const open = async (request: ModelRequest): Promise<OpenedStream> => {
    request.signal?.throwIfAborted()
    const owner = tenant(request)
    const asked = owner ? split(model, request) : undefined
    const vector = asked && (await embed(asked.question, request))
    if (!asked || !vector) return startStream(model, request)
    const place = JSON.stringify([owner, asked.rest])
    const known = memory.find(place, vector)
    if (known) return replayAnswer(known, request)
    const answer = createPartialAnswer()
    return startStream(model, request, {
      event: answer.event,
      end: (end) => {
        if (end.type === 'finish' && isWorthKeeping(end.finish))
          memory.keep(place, { vector, answer: toStoredAnswer(answer.parts, end.finish) })
      },
    })
  }
  return wrapModel('semantic-cache', { inner: [model], open })
}
