import {
  InvalidArgument,
  type LanguageModel,
  ModelError,
  type ModelErrorKind,
  type ModelRequest,
} from '@ashlar/core'
import type { Attempt } from '@ashlar/core/model'
import { attemptsOf, finishAfter, noneAnswered, withAttempts } from './attempts.ts'
import { type Causes, isAmong } from './check-kinds.ts'
import { checkFunctions, checkModels, checkNames } from './check-options.ts'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { continueAnswer } from './continue-answer.ts'
import { amendStream, type OpenedStream, startStream } from './model-stream.ts'
import { wrapModel } from './wrap-model.ts'

export interface FallbackOptions {
  /**
   * The causes that make the next model answer, or a function that decides.
   * @default overloaded, rate-limit, auth, network, timeout and context-overflow
   */
  readonly on?: Causes
  /**
   * Tokens a model can read, where known. After `context-overflow` only models with a larger window than the one that
   * overflowed are asked; one that is not known is asked.
   * @default not known
   */
  readonly contextWindow?: (model: LanguageModel) => number | undefined
  /**
   * Also goes on when a model fails in the middle of its answer: the next model is shown the text so far and asked to
   * go on from there, and what it repeats is taken out. Not after a tool call, and not for structured output, where
   * the error is thrown as without this option.
   * @default false
   */
  readonly continue?: boolean
  readonly clock?: Clock
}

const byDefault: readonly ModelErrorKind[] = [
  'overloaded',
  'rate-limit',
  'auth',
  'network',
  'timeout',
  'context-overflow',
]

/** One request on its way through the models. */
interface Chain {
  readonly request: ModelRequest
  /** The models not asked yet. */
  readonly left: LanguageModel[]
  readonly earlier: Attempt[]
  readonly failed: ModelError[]
}

/**
 * Asks the first model, and the next when it fails before its first event for a cause that another model may not
 * have. Every further model takes a try from the request's `retryBudget`; none is asked past the deadline or after an
 * abort. When all have failed, the error is that of the last, with all `attempts`.
 *
 * @throws InvalidArgument when an option is wrong, the list is empty, or a model is in it twice
 */
export const fallback = (models: readonly LanguageModel[], options: FallbackOptions = {}): LanguageModel => {
  checkModels(models)
  checkNames(options, ['on', 'contextWindow', 'continue', 'clock'])
  checkFunctions(options, ['contextWindow'])
  const { contextWindow, continue: goesOn = false, clock = systemClock } = options
  if (typeof goesOn !== 'boolean') throw new InvalidArgument('continue', 'true or false', goesOn)
  const isCause = isAmong(options.on, byDefault)

  const skipSmaller = ({ left }: Chain, window = 0): void => {
    while (left[0] && (contextWindow?.(left[0]) ?? Infinity) <= window) left.shift()
  }

  /** Leaves the model to ask next at the head of the chain. @throws the error when there is none */
  const advance = (chain: Chain, failed: LanguageModel, error: unknown): void => {
    const { signal, deadline = Infinity, retryBudget } = chain.request
    if (signal?.aborted || !ModelError.isInstance(error)) throw error
    chain.failed.push(error)
    const give = (): never => {
      throw noneAnswered(chain.failed)
    }
    if (!isCause(error) || clock.now() >= deadline) give()
    if (error.kind === 'context-overflow') skipSmaller(chain, contextWindow?.(failed))
    if (chain.left.length === 0 || (retryBudget && !retryBudget.take())) give()
    chain.earlier.push(...attemptsOf(error))
  }

  const openFirst = async (
    chain: Chain,
    request: ModelRequest,
  ): Promise<OpenedStream & { model: LanguageModel }> => {
    for (let model = chain.left.shift(); model; model = chain.left.shift())
      try {
        return { ...(await startStream(model, request)), model }
      } catch (error) {
        advance(chain, model, error)
      }
    throw new InvalidArgument('models', 'at least one model', 'an empty list')
  }

  const open = async (request: ModelRequest): Promise<OpenedStream> => {
    const chain: Chain = { request, left: [...models], earlier: [], failed: [] }
    const opened = await openFirst(chain, request)
    let { model } = opened
    if (!goesOn || request.output !== undefined)
      return chain.earlier.length > 0 ? withAttempts(opened, chain.earlier) : opened
    const next = async (error: unknown, continued: ModelRequest | undefined): Promise<OpenedStream> => {
      if (!continued) chain.left.length = 0
      advance(chain, model, error)
      const found = await openFirst(chain, continued ?? request)
      model = found.model
      return found
    }
    return amendStream(continueAnswer(opened, { request, next }), {
      finish: (finish) => finishAfter(finish, chain.earlier),
    })
  }
  return wrapModel('fallback', { inner: models, open })
}
