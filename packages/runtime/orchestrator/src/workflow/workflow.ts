import { AshlarError, InvalidArgument } from '@ashlar/core'
import { type Clock, systemClock } from '@ashlar/core/clock'
import type { EventType, WorkflowEvent } from './workflow-event.ts'
import { WorkflowRunner } from './workflow-runner.ts'

/** What a step gives: an event, several, or none. */
export type StepOutput = WorkflowEvent | readonly WorkflowEvent[] | void

/** What a step may do beside its own event. */
export interface StepContext {
  readonly signal: AbortSignal
  /** Sends events at once, without ending the step. */
  send(...events: WorkflowEvent[]): void
  /**
   * Fan-in: keeps the step's event until `count` of its type are there, and gives them all to the step that brought the
   * last; undefined to the others. `group` keeps apart what does not belong together.
   */
  collect<Data>(event: WorkflowEvent<Data>, count: number, group?: string): readonly Data[] | undefined
  /** Waits for the next event of a type, from a step or from outside: a person's answer. */
  waitFor<Data>(type: EventType<Data>, where?: (data: Data) => boolean): Promise<Data>
}

/** A part of a workflow: what happens at events of some types. */
export interface WorkflowStep {
  readonly name: string
  /** Types of the events that run it. */
  readonly on: readonly string[]
  /** How many of it run at once. @default unlimited */
  readonly concurrency: number
  /** The longest it may take, in milliseconds. @default none */
  readonly timeoutMs: number | undefined
  readonly run: (event: WorkflowEvent, context: StepContext) => StepOutput | Promise<StepOutput>
}

export interface StepOptions {
  readonly name?: string
  readonly concurrency?: number
  readonly timeoutMs?: number
}

/** A step that is run by every event of a type, or of several. */
export const step = <Data>(
  on: EventType<Data> | readonly EventType<Data>[],
  run: (event: WorkflowEvent<Data>, context: StepContext) => StepOutput | Promise<StepOutput>,
  options: StepOptions = {},
): WorkflowStep => {
  const types = [on].flat()
  const { name = types.map(({ type }) => type).join('|'), concurrency = Infinity, timeoutMs } = options
  if (types.length === 0) throw new InvalidArgument('on', 'at least one type of event', '[]')
  if (!(concurrency >= 1)) throw new InvalidArgument('concurrency', 'a number from 1', concurrency)
  const first = (event: WorkflowEvent): event is WorkflowEvent<Data> => types.some((type) => type.is(event))
  return {
    name,
    on: types.map(({ type }) => type),
    concurrency,
    timeoutMs,
    run: (event, context) => (first(event) ? run(event, context) : undefined),
  }
}

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

/** `timeout`, `stuck` (nothing runs, nothing waits, and it has not ended), `step-failed`. */
export class WorkflowError extends AshlarError {
  /** The step that it is about. */
  readonly stage: string | undefined
  override name = 'WorkflowError'
  constructor(
    code: 'timeout' | 'stuck' | 'step-failed',
    message: string,
    options: ErrorOptions & { stage?: string } = {},
  ) {
    super(code, message, options)
    this.stage = options.stage
  }
  static override isInstance(error: unknown): error is WorkflowError {
    return AshlarError.isInstance(error) && error.name === 'WorkflowError'
  }
}

export interface WorkflowOptions {
  readonly steps: readonly WorkflowStep[]
  /** In milliseconds. @default none */
  readonly timeoutMs?: number
  readonly clock?: Clock
}

export interface Workflow {
  /** Begins with an event, and ends with the first of type `until`. */
  run<Result>(
    start: WorkflowEvent,
    until: EventType<Result>,
    options?: RunWorkflowOptions,
  ): WorkflowRun<Result>
}

/**
 * Steps that are set off by events and give events: branches, loops, fan-out and fan-in without drawing a graph.
 * @throws InvalidArgument when there is no step, or two have one name
 */
export const createWorkflow = ({ steps, timeoutMs, clock = systemClock }: WorkflowOptions): Workflow => {
  if (steps.length === 0) throw new InvalidArgument('steps', 'at least one step', '[]')
  const names = steps.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new InvalidArgument('steps', 'names that differ', twice)
  return {
    run: (start, until, options = {}) => {
      const own = { ...(timeoutMs !== undefined && { timeoutMs }), ...options }
      const runner = new WorkflowRunner(
        { steps, until, clock, fail: (...how) => new WorkflowError(...how) },
        own,
      )
      return runner.begin(start)
    },
  }
}
