import { InvalidArgument, isObject, type LanguageModel, type ModelRequest } from '@ashlar/core'
import type { CacheStore } from './cache-store.ts'
import { checkFunctions, checkModel, checkNames, checkNumbers } from './check-options.ts'
import { memoryStore } from './memory-store.ts'
import { type OpenedStream, startStream } from './model-stream.ts'
import { createPartialAnswer } from './partial-answer.ts'
import { canonicalRequest, sha256 } from './request-key.ts'
import {
  isWorthKeeping,
  parseStoredAnswer,
  replayAnswer,
  type StoredAnswer,
  toStoredAnswer,
} from './stored-answer.ts'
import { wrapModel } from './wrap-model.ts'

export type { CacheEntryOptions, CacheStore } from './cache-store.ts'
export { memoryStore, type MemoryStore, type MemoryStoreOptions } from './memory-store.ts'

export interface CacheOptions {
  /** @default `memoryStore()` */
  readonly store?: CacheStore
  /** Milliseconds an answer is good for; `Infinity` for ever. @default 300_000 */
  readonly ttlMs?: number
  /** Part of every key: answers are shared only where it is the same, such as a tenant. @default '' */
  readonly namespace?: string | ((request: ModelRequest) => string)
  /** Also keeps the answers to requests with tools, the calls of which may have effects. @default false */
  readonly tools?: boolean
  /** Also keeps the answers to requests with a temperature above 0, which ask for variety. @default false */
  readonly sampled?: boolean
  /** Has the last word on what may be answered from the cache and kept in it. @default everything else */
  readonly when?: (request: ModelRequest) => boolean
  /** Told when the store fails, which never fails a call. */
  readonly onError?: (error: unknown) => void
}

/** A model with a cache. */
export interface CachedModel extends LanguageModel {
  /** Requests answered from the cache. */
  readonly hits: number
  /** Requests that could have been and were not. */
  readonly misses: number
}

/** Changes when what is stored changes its form, so that what older versions wrote is never read. */
const version = 'ashlar-answer-1'

const checkOptions = (options: CacheOptions): void => {
  const functions = ['when', 'onError']
  checkNames(options, ['store', 'ttlMs', 'namespace', 'tools', 'sampled', ...functions])
  checkNumbers(options, { ttlMs: { min: 0, above: true } })
  checkFunctions(options, functions)
  const { store, namespace = '', tools = false, sampled = false } = options
  if (store !== undefined && !(isObject(store) && ['get', 'set', 'delete'].every((name) => name in store)))
    throw new InvalidArgument('store', 'a CacheStore with get, set and delete', store)
  if (typeof namespace !== 'string' && typeof namespace !== 'function')
    throw new InvalidArgument('namespace', 'a string, or a function of the request', namespace)
  if (typeof tools !== 'boolean') throw new InvalidArgument('tools', 'true or false', tools)
  if (typeof sampled !== 'boolean') throw new InvalidArgument('sampled', 'true or false', sampled)
}

/**
 * Answers a request from the cache when an equal one was answered before: the same model, parameters, messages, tools
 * and output. Only complete answers are kept; an answer from the cache is a stream like any other, whose `finish` is
 * `replayed`. Equal requests at the same time each go upstream: put `coalesce` inside for those.
 *
 * @throws InvalidArgument when an option is wrong
 */
export const cache = (model: LanguageModel, options: CacheOptions = {}): CachedModel => {
  checkModel(model)
  checkOptions(options)
  const { store = memoryStore(), ttlMs = 300_000, namespace = '', tools = false, sampled = false } = options
  const { when = () => true, onError = () => undefined } = options
  let hits = 0
  let misses = 0

  const mayCache = (request: ModelRequest): boolean =>
    (tools || (request.tools?.length ?? 0) === 0) &&
    (sampled || !((request.temperature ?? 0) > 0)) &&
    when(request)
  const keyOf = (request: ModelRequest): Promise<string> => {
    const name = typeof namespace === 'string' ? namespace : namespace(request)
    return sha256(JSON.stringify([version, name, canonicalRequest(model, request)]))
  }
  const find = async (key: string): Promise<StoredAnswer | undefined> => {
    try {
      const text = await store.get(key)
      const answer = text === undefined ? undefined : parseStoredAnswer(text)
      if (text !== undefined && !answer) await store.delete(key)
      return answer
    } catch (error) {
      onError(error)
      return undefined
    }
  }
  const keep = (key: string, answer: StoredAnswer): Promise<void> =>
    store.set(key, JSON.stringify(answer), { ttlMs }).catch(onError)

  const open = async (request: ModelRequest): Promise<OpenedStream> => {
    request.signal?.throwIfAborted()
    if (!mayCache(request)) return startStream(model, request)
    const key = `${version}:${await keyOf(request)}`
    const known = await find(key)
    if (known) {
      hits++
      return replayAnswer(known, request)
    }
    misses++
    const answer = createPartialAnswer()
    return startStream(model, request, {
      event: answer.event,
      end: (end) =>
        end.type === 'finish' && isWorthKeeping(end.finish)
          ? keep(key, toStoredAnswer(answer.parts, end.finish))
          : undefined,
    })
  }
  return {
    ...wrapModel('cache', { inner: [model], open }),
    get hits() {
      return hits
    },
    get misses() {
      return misses
    },
  }
}
