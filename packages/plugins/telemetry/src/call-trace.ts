import {
  addUsage,
  type AssistantPart,
  type FinishEvent,
  type LanguageModel,
  type Meter,
  ModelError,
  type ModelEvent,
  type ModelRequest,
  noUsage,
  type Usage,
} from '@ashlar/core'
import {
  type Attributes,
  type Context,
  createContextKey,
  type Span,
  SpanKind,
  trace,
} from '@opentelemetry/api'
import { identityOf, requestAttributes, responseAttributes, usageAttributes } from './call-attributes.ts'
import { aborted, errorTypeOf, markFailed } from './error-type.ts'
import type { Observer } from './observer.ts'
import type { StreamWatch } from './watched-stream.ts'

/** Set inside a traced call: another trace further in shows its spans, and leaves counting to this one. */
export const countedKey: symbol = createContextKey('@ashlar/telemetry counted')

/** What upstream calls used, as the leaf models settled it. */
interface Settled {
  readonly model: LanguageModel
  readonly request: ModelRequest
  readonly usage: Usage
}

/** One model call of a caller. */
export interface TracedCall {
  readonly model: LanguageModel
  readonly request: ModelRequest
  /** The context the span is made in. */
  readonly parent: Context
  /** Told what the call used and cost once it is over, replays left out. */
  readonly counted?: (usage: Usage, usd: number | undefined) => void
  /** Told when the call was aborted and does not end: who waits for it is left alone. */
  readonly abandoned?: (reason: unknown) => void
}

/** Milliseconds after an abort until a call that ignores it is taken for ended. */
const grace = 1000

/** Hears what every upstream call settles, whoever else meters it. */
const tap = (meter: Meter | undefined, heard: (settled: Settled) => void): Meter => ({
  reserve: async (model, request) => {
    const settle = await meter?.reserve(model, request)
    return (usage) => {
      if (usage) heard({ model, request, usage })
      settle?.(usage)
    }
  },
})

/** The span and the measurements of one call, from its first event to its last. */
export class CallTrace implements StreamWatch<ModelEvent> {
  readonly context: Context
  readonly request: ModelRequest
  readonly #call: TracedCall
  readonly #observer: Observer
  readonly #span: Span
  readonly #identity: Attributes
  readonly #counts: boolean
  readonly #began = performance.now()
  readonly #parts: AssistantPart[] = []
  readonly #settled: Settled[] = []
  #firstChunk: number | undefined
  #finish: FinishEvent | undefined
  #ended = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(call: TracedCall, observer: Observer) {
    const { model, request, parent } = call
    this.#call = call
    this.#observer = observer
    this.#identity = identityOf(model)
    this.#counts = !(request.meter && parent.getValue(countedKey))
    const attributes = {
      ...this.#identity,
      ...requestAttributes(request),
      ...observer.content.ofRequest(request),
    }
    const name = `chat ${model.modelId}`
    this.#span = observer.tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent)
    this.context = trace.setSpan(parent, this.#span).setValue(countedKey, true)
    request.signal?.addEventListener('abort', this.#aborted, { once: true })
    this.request = { ...request, meter: tap(request.meter, (settled) => this.#settle(settled)) }
  }
  saw(event: ModelEvent): void {
    this.#firstChunk ??= (performance.now() - this.#began) / 1000
    if (event.type === 'part') this.#parts.push(event.part)
    if (event.type === 'finish') this.#finish = event
  }
  fail(error: unknown): void {
    const type = errorTypeOf(error, this.#call.request.signal)
    const status = ModelError.isInstance(error) && error.status ? `HTTP ${error.status}` : undefined
    const requestId = ModelError.isInstance(error) ? error.requestId : undefined
    if (requestId !== undefined) this.#span.setAttribute('ashlar.response.request_id', requestId)
    this.#end(type, this.#observer.content.ofError(error) ?? status)
  }
  /** The reader left before the end, or read up to it. */
  end(how: 'left' | 'read'): void {
    if (this.#finish) this.#end()
    else this.#end(how === 'left' ? aborted : 'no-finish')
  }
  readonly #aborted = (): void => {
    this.#timer = setTimeout(() => {
      const reason: unknown = this.#call.request.signal?.reason
      this.fail(reason)
      this.#call.abandoned?.(reason)
    }, grace)
    this.#timer.unref?.()
  }
  #settle(settled: Settled): void {
    this.#settled.push(settled)
    // An abandoned call that settles after all was made nevertheless.
    if (this.#ended && this.#counts) this.#count(settled)
  }
  #end(failure?: string, message?: string): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timer)
    this.#call.request.signal?.removeEventListener('abort', this.#aborted)
    const span = this.#span
    const finish = failure === undefined ? this.#finish : undefined
    if (failure !== undefined) {
      span.setAttribute('gen_ai.response.finish_reasons', ['error'])
      markFailed(span, { type: failure, message })
    }
    if (finish) span.setAttributes(responseAttributes(finish))
    if (!finish?.replayed) this.#measure(failure, finish)
    const usd = this.#counts ? this.#countAll() : undefined
    if (usd !== undefined) span.setAttribute('ashlar.cost.usd', usd)
    span.setAttributes(this.#observer.content.ofAnswer(this.#parts, finish?.reason))
    span.end()
  }
  /** What the caller saw of the call. Answers from a journal or a cache were measured when they were made. */
  #measure(failure: string | undefined, finish: FinishEvent | undefined): void {
    const settled = this.#settled
    // A model that knows nothing of meters.
    if (finish && settled.length === 0) settled.push({ ...this.#call, usage: finish.usage })
    if (settled.length > 1) this.#span.setAttribute('ashlar.attempts', settled.length)
    const usage = finish?.usage ?? settled.map((each) => each.usage).reduce(addUsage, noUsage)
    if (settled.length > 0) this.#span.setAttributes(usageAttributes(usage))
    const firstChunk = this.#call.request.deltas === false ? undefined : this.#firstChunk
    if (firstChunk !== undefined) this.#span.setAttribute('gen_ai.response.time_to_first_chunk', firstChunk)
    if (!this.#counts) return
    const { instruments } = this.#observer
    const response = finish && { 'gen_ai.response.model': finish.response.modelId }
    const attributes = { ...this.#identity, ...response }
    const ended = failure === undefined ? attributes : { ...attributes, 'error.type': failure }
    instruments.duration.record((performance.now() - this.#began) / 1000, ended, this.context)
    if (firstChunk !== undefined) instruments.firstChunk.record(firstChunk, attributes, this.context)
  }
  /** Of all upstream calls: one that failed before another answered is billed as well. */
  #countAll(): number | undefined {
    let total: number | undefined
    for (const settled of this.#settled) {
      const usd = this.#count(settled)
      if (usd !== undefined) total = (total ?? 0) + usd
    }
    return total
  }
  #count({ model, request, usage }: Settled): number | undefined {
    const { instruments, usdOf } = this.#observer
    const attributes = identityOf(model)
    const record = (type: string, tokens: number): void =>
      instruments.tokens.record(tokens, { ...attributes, 'gen_ai.token.type': type }, this.context)
    record('input', usage.inputTokens)
    record('output', usage.outputTokens)
    const usd = usdOf(usage, model, { request })
    if (usd !== undefined) instruments.cost.add(usd, attributes, this.context)
    this.#call.counted?.(usage, usd)
    return usd
  }
}
