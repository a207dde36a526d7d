export {
  type CallHistory,
  type CallHistoryOptions,
  type CallLedger,
  type CallQuery,
  type CallRecord,
  createCallHistory,
  type LedgerCall,
  ledgerHistory,
  type RecentCalls,
} from './call-history.ts'
export {
  type OutputLength,
  type OutputLengthOptions,
  type PredictionBasis,
  predictOutputLength,
  type Span,
} from './output-length.ts'
export { type CostPrediction, predictCost, type PredictCostOptions } from './predict-cost.ts'
