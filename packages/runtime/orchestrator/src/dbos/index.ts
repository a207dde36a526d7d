export { type DbosAgentParts, type DbosGraph, dbosGraph, type DbosGraphOptions } from './dbos-graph.ts'
export { type DbosOptions, type DbosOutcome, type DbosRuns, dbosRuns } from './dbos-runs.ts'
