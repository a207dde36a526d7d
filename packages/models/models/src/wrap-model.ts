import type { LanguageModel, ModelRequest } from '@ashlar/core'
import { lazyStream, type OpenedStream } from './model-stream.ts'

const layer: unique symbol = Symbol.for('ashlar.models.layer')

interface Layer {
  readonly name: string
  readonly inner: readonly LanguageModel[]
}

interface LayeredModel extends LanguageModel {
  readonly [layer]: Layer
}

const isLayered = (model: LanguageModel): model is LayeredModel => layer in model

/** True when a layer of this name is the model or inside it, as far as the layers between are of this package. */
export const hasLayer = (model: LanguageModel, name: string): boolean =>
  isLayered(model) &&
  (model[layer].name === name || model[layer].inner.some((inner) => hasLayer(inner, name)))

/** A model around others: it goes by the name of the first. */
export const wrapModel = (
  name: string,
  options: {
    readonly inner: readonly LanguageModel[]
    readonly open: (request: ModelRequest) => Promise<OpenedStream>
  },
): LanguageModel => {
  const { inner, open } = options
  const { provider = '', modelId = '' } = inner[0] ?? {}
  const model: LayeredModel = {
    provider,
    modelId,
    stream: (request) => lazyStream(() => open(request)),
    [layer]: { name, inner },
  }
  return model
}
