export { budget, type BudgetPluginOptions } from './budget.ts'
export { BudgetExceeded, type BudgetExceededFacts } from './budget-exceeded.ts'
export type { BudgetLimit } from './budget-limit.ts'
export type { BudgetEmbeddingMeter, BudgetMeter } from './budget-meter.ts'
export { type Budget, type BudgetOptions, createBudget } from './create-budget.ts'
export { metered, meteredEmbeddings, type MeteredOptions } from './metered.ts'
export type { Degraded, SpendingOptions } from './metered-stream.ts'
export {
  listPricing,
  type PlannedCall,
  type PlannedWork,
  type PricedModel,
  type Pricing,
  type PricingOptions,
  type Quote,
} from './pricing.ts'
export { type BudgetWindow, createWindow, type WindowOptions } from './window.ts'
