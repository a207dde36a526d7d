import {
  checkKeys,
  InvalidArgument,
  isObject,
  type LanguageModel,
  type ModelRequest,
  type Usage,
} from '@ashlar/core'
import { diag, metrics, trace, type Tracer } from '@opentelemetry/api'
import { type Content, type ContentOptions, createContent, noContent } from './content.ts'
import { createInstruments, type InstrumentMeter, type Instruments } from './instruments.ts'

/** What a call's price depends on besides its model and usage. */
export interface CostedCall {
  /** As it was sent upstream: its provider options tell the tier and the region that were asked for. */
  readonly request: ModelRequest
}

/**
 * The cost of one upstream call: US dollars as a number, pico-dollars as a bigint, `undefined` where the price is unknown.
 * `usage` tells the tier and the region the call was served in, where the provider does.
 */
export type CostOf = (
  usage: Usage,
  model: Pick<LanguageModel, 'provider' | 'modelId'>,
  call: CostedCall,
) => number | bigint | undefined

export interface ObserveOptions {
  /** @default the global provider's, asked for at the first use */
  readonly tracer?: Tracer
  /** @default the global provider's, asked for at the first use */
  readonly meter?: InstrumentMeter
  /** What a call cost; without it cost is not measured. */
  readonly costOf?: CostOf
  /** Whether prompts, answers, tool inputs, tool results and the messages of errors are captured. @default false */
  readonly content?: boolean | ContentOptions
}

/** Where everything observed goes. */
export interface Observer {
  readonly tracer: Tracer
  readonly instruments: Instruments
  readonly content: Content
  /** US dollars, where they are known. */
  readonly usdOf: (...call: Parameters<CostOf>) => number | undefined
}

const scope = '@ashlar/telemetry'

const has = (value: unknown, ...methods: string[]): boolean =>
  isObject(value) && methods.every((method) => typeof value[method] === 'function')

const contentOf = (content: ObserveOptions['content']): Content => {
  if (content === undefined || content === false) return noContent
  if (content !== true && !isObject(content))
    throw new InvalidArgument('content', 'true, false or { redact, maxTextLength, env }', content)
  const options: ContentOptions = content === true ? {} : content
  checkKeys(options, ['redact', 'maxTextLength', 'env'])
  const { redact, maxTextLength = 1 } = options
  if (redact !== undefined && typeof redact !== 'function')
    throw new InvalidArgument('content.redact', 'a function of a text', redact)
  if (!(maxTextLength >= 0))
    throw new InvalidArgument('content.maxTextLength', 'a number of at least 0', maxTextLength)
  return createContent(options)
}

/** Money shown, not money kept: a double is exact enough. */
const toUsd = (cost: number | bigint | undefined): number | undefined =>
  typeof cost === 'bigint' ? Number(cost) / 1e12 : cost

const safely =
  (costOf: CostOf): Observer['usdOf'] =>
  (usage, model, call) => {
    try {
      const usd = toUsd(costOf(usage, model, call))
      if (usd === undefined) return undefined
      if (Number.isFinite(usd) && usd >= 0) return usd
      diag.error(`${scope}: costOf said ${usd} for ${model.provider}/${model.modelId}`)
      return undefined
    } catch (error) {
      diag.error(`${scope}: costOf failed for ${model.provider}/${model.modelId}`, error)
      return undefined
    }
  }

/** @throws InvalidArgument when an option is wrong or unknown */
export const createObserver = (options: ObserveOptions, more: readonly string[] = []): Observer => {
  checkKeys(options, ['tracer', 'meter', 'costOf', 'content', ...more])
  const { tracer, meter, costOf, content } = options
  if (tracer !== undefined && !has(tracer, 'startSpan'))
    throw new InvalidArgument('tracer', 'a Tracer of @opentelemetry/api', tracer)
  if (meter !== undefined && !has(meter, 'createHistogram', 'createCounter'))
    throw new InvalidArgument('meter', 'a Meter of @opentelemetry/api, or prometheusMeter()', meter)
  if (costOf !== undefined && typeof costOf !== 'function')
    throw new InvalidArgument('costOf', 'a function of usage and model', costOf)
  let instruments: Instruments | undefined
  return {
    tracer: tracer ?? trace.getTracer(scope),
    // A global meter provider may be set after this, but not after its first use.
    get instruments() {
      return (instruments ??= createInstruments(meter ?? metrics.getMeter(scope)))
    },
    content: contentOf(content),
    usdOf: costOf ? safely(costOf) : () => undefined,
  }
}
