export { type Clock, systemClock } from './clock.ts'
export { retry, type RetryOptions } from './retry.ts'
export { type CountedRetryBudget, createRetryBudget } from './retry-budget.ts'
