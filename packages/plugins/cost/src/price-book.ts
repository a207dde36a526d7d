import type { CatalogOverrides } from '@ashlar/catalog'

/** How a call is served: at once at the list price, or cheaper and later, or dearer and sooner. */
export type ServiceTier = 'standard' | 'batch' | 'flex' | 'priority'

/** Which price of which model. */
export interface PriceQuery {
  readonly provider: string
  readonly modelId: string
  /** When the call was made. @default now */
  readonly at?: Date
  /** @default 'standard' */
  readonly tier?: ServiceTier
  /** Where the call is served, when that has a price of its own: `'us'`, `'eu'`, … @default the list price */
  readonly region?: string
}

export interface PriceBookOptions {
  /** What you know better: negotiated prices, models of your own, aliases. */
  readonly overrides?: CatalogOverrides
  /** Providers that charge nothing. @default ['local'] */
  readonly free?: readonly string[]
}

/** Prices looked up once a model. Keep one for many calls. */
export interface PriceBook {
  readonly options: PriceBookOptions
}

/** Makes a price book of the catalog and your overrides. */
export const createPriceBook = (options: PriceBookOptions = {}): PriceBook => ({ options })
