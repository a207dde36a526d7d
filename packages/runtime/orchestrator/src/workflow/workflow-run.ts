import type { WorkflowEvent } from './workflow-event.ts'

/** How a run goes, for whoever watches. */
export type WorkflowProgress =
  | { readonly type: 'workflow-started' }
  | { readonly type: 'stage-started'; readonly stage: string; readonly event: string }
  | { readonly type: 'stage-completed'; readonly stage: string; readonly durationMs: number }
  | { readonly type: 'stage-failed'; readonly stage: string; readonly error: unknown }
  | { readonly type: 'workflow-completed'; readonly durationMs: number }
  | { readonly type: 'workflow-failed'; readonly error: unknown }

export interface RunWorkflowOptions {
  readonly signal?: AbortSignal
  /** The longest the run may take, in milliseconds. @default the workflow's */
  readonly timeoutMs?: number
  readonly onProgress?: (progress: WorkflowProgress) => void
}

/** A run of a workflow: it has begun. Iterating gives every event from the first on, also to who comes late. */
export interface WorkflowRun<Result> extends AsyncIterable<WorkflowEvent> {
  /** The data of the event that ends it. */
  readonly result: Promise<Result>
  /** Sends an event from outside: a person's answer. */
  send(...events: WorkflowEvent[]): void
}
