export { type BillableUsage, toBillableUsage } from './billable-usage.ts'
export { budget } from './budget.ts'
export { BudgetExceeded } from './budget-exceeded.ts'
export { type Cost, type CostLine, costOf, type CostOptions } from './cost-of.ts'
export { memoryLedger } from './memory-ledger.ts'
export { metered } from './metered.ts'
export { formatUsd, type PicoDollars, toPicoDollars, toUsdString } from './money.ts'
export {
  createPriceBook,
  type PriceBook,
  type PriceBookOptions,
  type PriceList,
  type PriceQuery,
} from './price-book.ts'
export { servedAs, type ServedAs } from './served-as.ts'
export { UnknownPrice } from './unknown-price.ts'
export { upperBound, type UpperBound, type UpperBoundOptions } from './upper-bound.ts'
