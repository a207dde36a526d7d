import { InvalidArgument } from '@ashlar/core'
import type { EventType, WorkflowEvent } from './workflow-event.ts'

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
  /**
   * Waits for the next event of a type, from a step or from outside: a person's answer. One from outside that came before
   * and that nobody took is given at once.
   */
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

/** @throws InvalidArgument */
export const checkTimeout = (timeoutMs: number | undefined): void => {
  if (timeoutMs !== undefined && !(timeoutMs > 0))
    throw new InvalidArgument('timeoutMs', 'milliseconds above 0', timeoutMs)
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
  checkTimeout(timeoutMs)
  const first = (event: WorkflowEvent): event is WorkflowEvent<Data> => types.some((type) => type.is(event))
  return {
    name,
    on: types.map(({ type }) => type),
    concurrency,
    timeoutMs,
    run: (event, context) => (first(event) ? run(event, context) : undefined),
  }
}
