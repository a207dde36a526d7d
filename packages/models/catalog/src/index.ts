export { type Catalog, type CatalogOptions, createCatalog } from './catalog.ts'
export { encodingOf } from './encoding-of.ts'
export type { KnownFacts, Modalities, ModelFacts } from './model-facts.ts'
export {
  type CatalogOverrides,
  type ModelOverride,
  type PriceOverride,
  type PricesOverride,
  type RateOverride,
  toOverrides,
} from './overrides.ts'
export {
  type Price,
  type PriceKind,
  type PricePeriod,
  pricesAt,
  type Prices,
  type PriceTier,
  priceUnits,
} from './price.ts'
export {
  type PriceMoment,
  pricesFor,
  type RatedPrices,
  type ServiceRate,
  type ServiceTier,
} from './service-rate.ts'
