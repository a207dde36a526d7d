import { AshlarError } from '@ashlar/core'
import type { GraphResult } from './graph-run.ts'
import type { TaskOutcome } from './task.ts'
import { isNamed } from './is-named.ts'

/** What one task gave. */
export interface Part<Value> {
  readonly id: string
  readonly value: Value
}

/** Makes one value of those of the tasks that succeeded, in the order in which they ended. */
export type Aggregator<Value, Result> = (parts: readonly Part<Value>[]) => Result | Promise<Result>

export interface Aggregation<Result> {
  readonly value: Result
  /** Ids of the tasks whose values are in it. */
  readonly from: readonly string[]
  /** Tasks that gave no value, and how they ended. Empty: nothing is missing. */
  readonly missing: readonly { readonly id: string; readonly state: TaskOutcome['state'] }[]
  /** True when something is missing. */
  readonly partial: boolean
}

export interface AggregateOptions<Output, Value> {
  /** Ids of the tasks that count. @default all */
  readonly of?: readonly string[]
  /** The value in a task's output; `undefined` is none. @default the output itself */
  readonly value?: (output: Output, id: string) => Value | undefined
  /** Throws a `NothingToAggregate` when anything is missing. @default false */
  readonly requireAll?: boolean
}

/** There is nothing to make a value of, no agreement, or less than was required. */
export class NothingToAggregate extends AshlarError {
  readonly missing: Aggregation<unknown>['missing']
  override name = 'NothingToAggregate'
  constructor(message: string, missing: Aggregation<unknown>['missing'] = []) {
    super('nothing-to-aggregate', message)
    this.missing = missing
  }
  static override isInstance(error: unknown): error is NothingToAggregate {
    return isNamed(error, 'NothingToAggregate')
  }
}

/**
 * Makes one value of what the tasks of a run gave, and says what is missing from it.
 * @throws NothingToAggregate when all is required and something is missing, or by the aggregator
 */
export const aggregate = async <Output, Result, Value = Output>(
  { outcomes }: Pick<GraphResult<Output>, 'outcomes'>,
  aggregator: Aggregator<Value, Result>,
  options: AggregateOptions<Output, Value> = {},
): Promise<Aggregation<Result>> => {
  const { of: ids = [...outcomes.keys()], requireAll = false } = options
  // Without `value`, the values are the outputs.
  const valueOf = options.value ?? ((output: Output) => output as unknown as Value)
  const wanted = new Set(ids)
  const parts: Part<Value>[] = []
  for (const { id, state, output } of outcomes.values()) {
    const value =
      wanted.has(id) && state === 'success' && output !== undefined ? valueOf(output, id) : undefined
    if (value !== undefined) parts.push({ id, value })
  }
  const given = new Set(parts.map(({ id }) => id))
  const missing = ids
    .filter((id) => !given.has(id))
    .map((id) => ({ id, state: outcomes.get(id)?.state ?? ('skipped' as const) }))
  if (requireAll && missing.length > 0) {
    const shown = missing.map(({ id, state }) => `${id} (${state})`).join(', ')
    throw new NothingToAggregate(`No value from ${shown}, and all are required`, missing)
  }
  return { value: await aggregator(parts), from: [...given], missing, partial: missing.length > 0 }
}
