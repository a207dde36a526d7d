export {
  type DriftOptions,
  type DriftReport,
  driftReport,
  type OtherPrice,
  type PriceDifference,
  type PriceSource,
} from './drift.ts'
export { fromCostCalculator, fromLitellm } from './drift-sources.ts'
