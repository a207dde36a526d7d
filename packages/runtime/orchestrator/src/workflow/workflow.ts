import { InvalidArgument } from '@ashlar/core'
import { type Clock, systemClock } from '@ashlar/core/clock'
import type { EventType, WorkflowEvent } from './workflow-event.ts'
import type { RunWorkflowOptions, WorkflowRun } from './workflow-run.ts'
import { checkTimeout, type WorkflowStep } from './workflow-step.ts'
import { WorkflowRunner } from './workflow-runner.ts'

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
 * @throws InvalidArgument when there is no step, two have one name, or a time is none
 */
export const createWorkflow = ({ steps, timeoutMs, clock = systemClock }: WorkflowOptions): Workflow => {
  if (steps.length === 0) throw new InvalidArgument('steps', 'at least one step', '[]')
  const names = steps.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new InvalidArgument('steps', 'names that differ', twice)
  checkTimeout(timeoutMs)
  return {
    run: (start, until, options = {}) => {
      checkTimeout(options.timeoutMs)
      const own = { ...(timeoutMs !== undefined && { timeoutMs }), ...options }
      const runner = new WorkflowRunner({ steps, until, clock }, own)
      return runner.begin(start)
    },
  }
}
