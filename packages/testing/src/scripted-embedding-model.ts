import { type EmbeddingModel, InvalidArgument, ModelError, type Usage } from '@ashlar/core'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { waitUntil } from './wait-until.ts'
import { hashedVector } from './hashed-vector.ts'

export interface ScriptedEmbeddingModelOptions {
  /** @default 'scripted' */
  readonly provider?: string
  /** @default 'scripted-embedding' */
  readonly modelId?: string
  /** Length of the vectors where a call does not ask for one. @default 8 */
  readonly dimensions?: number
  /** The vector of a text. @default unit vectors hashed from the text's words: shared words, nearer vectors */
  readonly vectorOf?: (text: string, dimensions: number) => readonly number[]
  /** Tokens a text counts for. @default a quarter of its characters, rounded up */
  readonly tokensOf?: (text: string) => number
  /** The error of the first call, the second, … ; `undefined` lets that call succeed. */
  readonly errors?: readonly (Error | undefined)[]
  /** Milliseconds each call takes. @default 0 */
  readonly delayMs?: number
  /** @default the system's */
  readonly clock?: Clock
}

/** An embedding model whose vectors follow from the texts alone. */
export interface ScriptedEmbeddingModel extends EmbeddingModel {
  /** The texts of every call so far. */
  readonly calls: readonly (readonly string[])[]
}

/**
 * An embedding model without a network. The same text has the same vector on every machine.
 *
 * @throws InvalidArgument when `dimensions` is not a positive whole number
 */
export const scriptedEmbeddingModel = (
  options: ScriptedEmbeddingModelOptions = {},
): ScriptedEmbeddingModel => {
  const { provider = 'scripted', modelId = 'scripted-embedding', clock = systemClock, errors = [] } = options
  const { vectorOf = hashedVector, tokensOf = (text) => Math.ceil(text.length / 4) } = options
  const ownDimensions = options.dimensions ?? 8
  if (!Number.isInteger(ownDimensions) || ownDimensions < 1)
    throw new InvalidArgument('dimensions', 'a whole number of at least 1', ownDimensions)
  const calls: (readonly string[])[] = []
  const model: ScriptedEmbeddingModel = {
    provider,
    modelId,
    calls,
    async embed(texts, { dimensions = ownDimensions, signal, deadline, meter } = {}) {
      const onDeadline = (): Error =>
        new ModelError('The deadline passed before the vectors came', { kind: 'timeout', provider, modelId })
      const settle = await meter?.reserve(model, texts)
      let usage: Usage | undefined
      try {
        const call = calls.push([...texts])
        await waitUntil(options.delayMs ?? 0, { clock, signal, deadline, onDeadline })
        const error = errors[call - 1]
        if (error) throw error
        let inputTokens = 0
        for (const text of texts) inputTokens += tokensOf(text)
        usage = { inputTokens, outputTokens: 0 }
        const embeddings = texts.map((text) => [...vectorOf(text, dimensions)])
        return { embeddings, usage, response: { provider, modelId, id: `embedding_${call}` } }
      } finally {
        settle?.(usage)
      }
    },
  }
  return model
}
