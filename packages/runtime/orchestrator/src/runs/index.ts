export { embedded, type EmbeddedOptions } from './embedded.ts'
export {
  type GraphDefinition,
  graphDefinition,
  type GraphDefinitionOptions,
  type RunParts,
} from './graph-definition.ts'
export { openRuns, type Runs, type RunsOptions } from './open-runs.ts'
export type { RunOutcome, StartOptions } from './run-desk.ts'
export { RunsClosed } from './run-waiters.ts'
export type { AgentFactory } from './run-worker.ts'
export type { QueuedRun, RunQueue, RunsEngine, Worker } from './runs-engine.ts'
