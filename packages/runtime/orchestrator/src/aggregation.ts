export {
  aggregate,
  type AggregateOptions,
  type Aggregation,
  type Aggregator,
  NothingToAggregate,
  type Part,
} from './aggregate.ts'
export {
  average,
  collect,
  concat,
  firstSuccess,
  latest,
  majorityVote,
  merge,
  type MergeOptions,
  type QuorumOptions,
  sum,
  synthesis,
  type SynthesisOptions,
  type VoteResult,
  weightedQuorum,
} from './aggregators.ts'
