import {
  AshlarError,
  InvalidArgument,
  isObject,
  type LanguageModel,
  ModelError,
  type ModelEvent,
  type ModelRequest,
  type Usage,
} from '@ashlar/core'
import type { ModelErrorFacts } from '@ashlar/core/errors'
import { canonical } from './canonical.ts'
import { CassetteError } from './cassette-error.ts'
import {
  type CassetteFileOptions,
  type CassetteMode,
  type Exchange,
  mayRecord,
  modeOf,
  readCassette,
} from './cassette-file.ts'
import { createRedactor, type Redactor, type RedactOptions } from './redact.ts'
import { openTape, type ReplayTape, startTape } from './tape.ts'

export interface CassetteModelOptions extends RedactOptions {
  /** The model to record. Not needed to replay. */
  readonly model?: LanguageModel
  /** @default 'auto': replays a file that exists, records one that does not, or that holds nothing but errors */
  readonly mode?: CassetteMode
  /** Records even where `CI` is set. @default false */
  readonly force?: boolean
}

/** A model that records its answers in a file, or answers from it. */
export interface CassetteModel extends LanguageModel {
  readonly mode: 'record' | 'replay'
  /** Throws `CassetteError` naming exchanges that were never asked for. Does nothing while recording. */
  assertComplete(): void
}

/** What identifies a request: its data, redacted. Deadlines change with the clock; deltas can be made and left out. */
const keyOf = (
  model: Pick<LanguageModel, 'provider' | 'modelId'>,
  request: ModelRequest,
  redactor: Redactor,
): unknown => {
  const { signal: _s, meter: _m, retryBudget: _r, deadline: _d, deltas: _, ...data } = request
  return canonical({ provider: model.provider, modelId: model.modelId, ...Object(redactor.value(data)) })
}

const toRecordedError = (error: unknown): object => {
  if (!(error instanceof Error)) return { message: String(error) }
  const { name, message } = error
  if (!AshlarError.isInstance(error)) return { name, message }
  return { ...error, name, message }
}

const isFacts = (value: unknown): value is ModelErrorFacts =>
  isObject(value) && typeof value['kind'] === 'string' && typeof value['provider'] === 'string'

const fromRecordedError = (recorded: unknown): Error => {
  const { name, message, code, ...facts } = Object(recorded)
  const text = String(message)
  if (name === 'ModelError' && isFacts(facts)) return new ModelError(text, facts)
  return typeof code === 'string' ? new AshlarError(code, text) : new Error(text)
}

/** A secret may be cut over deltas: those of one text that holds any become one. */
const redactEvents = (events: readonly ModelEvent[], redactor: Redactor): unknown[] => {
  const redacted: unknown[] = []
  for (let at = 0; at < events.length;) {
    const event = events[at]
    let end = at + 1
    if (event && 'text' in event) {
      while (events[end]?.type === event.type) end += 1
      const deltas = events.slice(at, end).flatMap((delta) => ('text' in delta ? [delta.text] : []))
      const text = redactor.text(deltas.join(''))
      if (text !== deltas.join('')) {
        redacted.push({ type: event.type, text })
        at = end
        continue
      }
    }
    redacted.push(...events.slice(at, end).map(redactor.value))
    at = end
  }
  return redacted
}

const recording = (model: LanguageModel, file: string, redactor: Redactor): CassetteModel => {
  const tape = startTape(file, 'model')
  async function* stream(request: ModelRequest): AsyncGenerator<ModelEvent> {
    const key = keyOf(model, request, redactor)
    const end = tape.begin()
    const events: ModelEvent[] = []
    const finished = (): boolean => events.at(-1)?.type === 'finish'
    let error: unknown
    try {
      for await (const event of model.stream(request)) {
        events.push(structuredClone(event))
        yield event
      }
    } catch (cause) {
      error = cause
      throw cause
    } finally {
      const outcome =
        error !== undefined && !request.signal?.aborted
          ? { error: redactor.value(toRecordedError(error)) }
          : { ...(!finished() && { cut: true }) }
      end({ request: key, events: redactEvents(events, redactor), ...outcome })
    }
  }
  const { provider, modelId } = model
  return { provider, modelId, mode: 'record', stream, assertComplete: () => undefined }
}

const isEvent = (value: unknown): value is ModelEvent =>
  isObject(value) && ['text-delta', 'reasoning-delta', 'part', 'finish'].includes(String(value['type']))

/** The events as this request wants them: without deltas, or with one a part where none were recorded. */
function* eventsFor(exchange: Exchange, request: ModelRequest): Generator<ModelEvent> {
  const events = Array.isArray(exchange['events']) ? exchange['events'].filter(isEvent) : []
  const recorded = events.some(({ type }) => type.endsWith('-delta'))
  const wanted = request.deltas !== false
  for (const event of events) {
    if (event.type.endsWith('-delta') && !wanted) continue
    if (event.type === 'part' && wanted && !recorded && event.part.type !== 'tool-call' && event.part.text)
      yield { type: `${event.part.type}-delta`, text: event.part.text }
    yield structuredClone(event)
  }
}

const replaying = (file: string, options: CassetteModelOptions): CassetteModel => {
  const tape: ReplayTape = openTape(file, 'model')
  const redactor = createRedactor(options)
  const recorded = Object(tape.first)
  const provider = options.model?.provider ?? String(recorded['provider'] ?? 'cassette')
  const modelId = options.model?.modelId ?? String(recorded['modelId'] ?? 'cassette')
  async function* stream(request: ModelRequest): AsyncGenerator<ModelEvent> {
    const { signal } = request
    signal?.throwIfAborted()
    const settle = await request.meter?.reserve(model, request)
    let used: Usage | undefined
    try {
      const exchange = tape.take(keyOf(model, request, redactor))
      for (const event of eventsFor(exchange, request)) {
        signal?.throwIfAborted()
        if (event.type === 'finish') used = event.usage
        yield event
      }
      signal?.throwIfAborted()
      if ('error' in exchange) throw fromRecordedError(exchange['error'])
      if (exchange['cut'])
        throw new CassetteError(
          `The reader left this answer when ${file} was recorded; there is no more of it.`,
        )
    } finally {
      settle?.(used)
    }
  }
  const model: CassetteModel = {
    provider,
    modelId,
    mode: 'replay',
    stream,
    assertComplete: () => tape.assertComplete(),
  }
  return model
}

const known: readonly string[] = [
  'model',
  'mode',
  'force',
  'redact',
  'env',
] satisfies (keyof CassetteModelOptions)[]

/** True for a file that holds nothing but errors (a wrong key, say), where it may be recorded anew. */
const isFailedTake = (options: CassetteFileOptions): boolean => {
  const { file, mode = 'auto' } = options
  return (
    mode === 'auto' &&
    mayRecord(options) &&
    readCassette(file, 'model').every((exchange) => 'error' in exchange)
  )
}

/**
 * A model that answers from a file of JSON lines, recorded once from a real model and free of secrets. Each
 * recorded answer is given once, to the first request equal to the recorded one, events unchanged.
 *
 * @throws CassetteError when the file is missing or damaged, or CI would record; from `stream`, with the
 * difference, when no recorded request is equal
 * @throws InvalidArgument when there is no model to record, and for an unknown option
 */
export const cassetteModel = (file: string, options: CassetteModelOptions = {}): CassetteModel => {
  for (const key of Object.keys(options))
    if (!known.includes(key))
      throw new InvalidArgument(key, `one of ${known.join(', ')}`, 'an unknown option')
  const { model, mode, force, env } = options
  const fileOptions: CassetteFileOptions = {
    file,
    ...(mode && { mode }),
    ...(force && { force }),
    ...(env && { env }),
  }
  const isReplay = modeOf(fileOptions) === 'replay' && !(model && isFailedTake(fileOptions))
  if (isReplay) return replaying(file, options)
  if (!model) throw new InvalidArgument('model', 'a model to record', model)
  return recording(model, file, createRedactor(options))
}
