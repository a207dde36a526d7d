import { InvalidArgument, type LanguageModel, type ModelRequest } from '@ashlar/core'
import { callUpstream } from '@ashlar/wire'
import type { CacheLifetime } from './cache-breakpoints.ts'
import { readAnswer } from './read-answer.ts'
import { createRequestWriter, type WireRequest } from './to-request.ts'
import { createTransport, type Transport, type EndpointOptions } from './transport.ts'

/** Options of `anthropic()`. */
export interface AnthropicOptions extends EndpointOptions {
  /**
   * How long Anthropic keeps the prompt for the next step, which then reads it at a tenth of the price
   * (writing costs 1.25 times the input price for '5m', 2 times for '1h'); `false` sets no breakpoints.
   * @default '5m'
   */
  readonly cache?: CacheLifetime
  /** The name in responses, errors, `providerOptions` and `providerData`, for a compatible server. @default 'anthropic' */
  readonly providerName?: string
}

/** What `countTokens` needs of a model. */
export const internals: unique symbol = Symbol.for('ashlar.anthropic.internals')

/** A model behind the Messages API. */
export interface AnthropicModel extends LanguageModel {
  /** @internal */
  readonly [internals]: {
    readonly transport: Transport
    readonly write: (request: ModelRequest) => WireRequest
  }
}

const known: ReadonlySet<string> = new Set<keyof AnthropicOptions>([
  'apiKey',
  'authToken',
  'baseURL',
  'client',
  'headers',
  'betas',
  'http',
  'cache',
  'providerName',
])

const check = (modelId: string, options: AnthropicOptions): void => {
  if (typeof modelId !== 'string' || modelId === '')
    throw new InvalidArgument('modelId', 'the id of a model, such as claude-opus-5-5', modelId)
  for (const key of Object.keys(options))
    if (!known.has(key))
      throw new InvalidArgument(key, `an option (${[...known].join(', ')})`, 'an unknown one')
  const { cache = '5m' } = options
  if (cache !== '5m' && cache !== '1h' && cache !== false)
    throw new InvalidArgument('cache', "'5m', '1h' or false", cache)
}

/**
 * A model of Anthropic, or of a server that speaks its Messages API: over a connection of its own, or through
 * a configured `client` of the official SDK. Nothing is loaded or opened before the first call.
 * @throws InvalidArgument for a wrong option; at the first call, naming ANTHROPIC_API_KEY, when there is no key
 */
export const anthropic = (modelId: string, options: AnthropicOptions = {}): AnthropicModel => {
  check(modelId, options)
  const { cache = '5m', providerName: provider = 'anthropic' } = options
  const caller = { provider, modelId }
  const transport = createTransport(caller, options)
  const write = createRequestWriter({ modelId, provider, cache })
  const model: AnthropicModel = {
    provider,
    modelId,
    [internals]: { transport, write },
    stream: (request) =>
      callUpstream({
        model,
        request,
        secrets: transport.secrets,
        read: async function* (turn) {
          const { body, version, betas } = write(request)
          const { signal, deadline, deltas } = request
          const answer = await transport.send({
            path: '/v1/messages',
            body: { ...body, stream: deltas !== false },
            version,
            betas,
            signal,
            deadline,
          })
          yield* readAnswer(answer, turn, { ...caller, secrets: transport.secrets })
        },
      }),
  }
  return model
}
