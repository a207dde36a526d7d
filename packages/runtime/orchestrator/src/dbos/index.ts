export { type DbosAgentParts, type DbosGraph, dbosGraph, type DbosGraphOptions } from './dbos-graph.ts'
export { type DbosOptions, type DbosRuns, dbosRuns } from './dbos-runs.ts'
export type { DbosOutcome } from './dispatch.ts'
