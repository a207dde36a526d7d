import {
  InvalidArgument,
  isObject,
  type LanguageModel,
  type ModelEvent,
  type ModelRequest,
} from '@ashlar/core'
import { context } from '@opentelemetry/api'
import { CallTrace, type TracedCall } from './call-trace.ts'
import { createObserver, type ObserveOptions, type Observer } from './observer.ts'
import { WatchedStream } from './watched-stream.ts'

/** Traces one call; `stream` is asked inside its span, with a request that tells of what is billed. */
export const traceCall = (
  { stream, ...call }: TracedCall & { readonly stream: (request: ModelRequest) => AsyncIterable<ModelEvent> },
  observer: Observer,
): AsyncIterable<ModelEvent> =>
  new WatchedStream(() => {
    const watch = new CallTrace(call, observer)
    return { watch, stream: () => stream(watch.request) }
  })

/**
 * A model whose every call is a `chat` span with its usage, cost and time to the first chunk, and is measured. The span
 * covers what it is put around: outside of `retry` all tries, inside of it each.
 *
 * @throws InvalidArgument when the model or an option is wrong
 */
export const traceModel = (model: LanguageModel, options: ObserveOptions = {}): LanguageModel => {
  if (!isObject(model) || typeof model.stream !== 'function')
    throw new InvalidArgument('model', 'a language model, with `stream`', model)
  const observer = createObserver(options)
  const { provider, modelId } = model
  return {
    provider,
    modelId,
    stream: (request) =>
      traceCall(
        { model, request, parent: context.active(), stream: (asked) => model.stream(asked) },
        observer,
      ),
  }
}
