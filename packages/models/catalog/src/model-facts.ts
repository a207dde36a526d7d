import type { TokenEncoding } from './encoding-of.ts'
import type { PricePeriod } from './price.ts'
import type { ServiceRate } from './service-rate.ts'

/** What a model reads or writes: `true` or `false` as far as known, absent where it is not. */
export interface Modalities {
  readonly text?: boolean
  readonly image?: boolean
  readonly audio?: boolean
  readonly video?: boolean
  readonly file?: boolean
}

/** The facts that may be known of a model. */
export interface KnownFacts {
  readonly name?: string
  /** Tokens of a request and its answer together. */
  readonly contextWindow?: number
  /** Tokens of an answer. */
  readonly maxOutputTokens?: number
  readonly input?: Modalities
  readonly output?: Modalities
  /** The encoding its tokens are counted in, where that is public. */
  readonly encoding?: TokenEncoding
  /** The vendor advises against it, or has announced its end. */
  readonly deprecated?: boolean
  /** The day its vendor has announced as its last, `YYYY-MM-DD`. */
  readonly shutdown?: string
  /** What it costs, and when. `pricesAt` picks what holds. */
  readonly prices?: readonly PricePeriod[]
  /** What batches, other tiers and regions cost against `prices`. `pricesFor` applies them. */
  readonly rates?: readonly ServiceRate[]
}

/** What is known of a model. Anything absent is unknown, never zero and never false. */
export interface ModelFacts extends KnownFacts {
  /** `provider/modelId` */
  readonly id: string
  readonly provider: string
  readonly modelId: string
  /** Other ids of the same model at the same provider. */
  readonly aliases: readonly string[]
  /** Where each fact is from: a package and its version, a page, or 'override'. */
  readonly sources: { readonly [Fact in keyof KnownFacts]?: string }
}

/** Facts of one source laid over those of another; the sources of both are kept. */
export const withFacts = (model: ModelFacts, facts: KnownFacts, source: string): ModelFacts => {
  const sources: Record<string, string> = {}
  for (const [fact, value] of Object.entries(facts)) if (value !== undefined) sources[fact] = source
  return { ...model, ...facts, sources: { ...model.sources, ...sources } }
}

/** What a model's tiers and regions cost is known against its list prices alone, not against others. */
export const withoutRates = ({ rates: _, ...model }: ModelFacts): ModelFacts => {
  const { rates: __, ...sources } = model.sources
  return { ...model, sources }
}
