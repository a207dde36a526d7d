export type { CallHistory, CallRecord } from './call-history.ts'
export { type BillableUsage, type Cost, type CostLine, costOf, type CostOptions } from './cost-of.ts'
export { formatUsd, type FormatUsdOptions, type PicoDollars, toPicoDollars, toUsdString } from './money.ts'
export {
  createPriceBook,
  type PriceBook,
  type PriceBookOptions,
  type PriceQuery,
  type ServiceTier,
} from './price-book.ts'
export { UnknownPrice } from './unknown-price.ts'
export { upperBound, type UpperBound, type UpperBoundOptions } from './upper-bound.ts'
