import { type Agent, InvalidArgument } from '@ashlar/core'
import { aggregate, type Aggregation, type Aggregator } from '../aggregate.ts'
import { requireCount } from '../together/line.ts'
import { createSemaphore } from '../together/semaphore.ts'
import { type PatternOptions, PatternRun, type PatternResult, toOutcomes, type Turn } from './pattern-run.ts'

export interface MapReduceOptions<Item> extends PatternOptions {
  /** What the agent is asked about an item. @default the item as text or JSON */
  readonly ask?: (item: Item, index: number) => string
  /** Items worked on at once. @default 4 */
  readonly concurrency?: number
  /** Fails when any item failed. @default false: what is missing is said */
  readonly requireAll?: boolean
}

/** `from` and `missing` name the items by their index, from 0. */
export interface MapReduceResult<Value>
  extends PatternResult<Value>, Pick<Aggregation<Value>, 'from' | 'missing' | 'partial'> {
  /** The turn of each item, in the order of the items. */
  readonly items: readonly Turn[]
}

const askOf = (item: unknown): string => (typeof item === 'string' ? item : JSON.stringify(item))

/**
 * Asks `map` about every item, so many at once, and makes one value of the answers, in the order of the items. An item
 * that failed is missing from the value, and said to be.
 * @throws PatternFailed when there is no value, when all are required and one failed, and on abort; InvalidArgument
 */
export const mapReduce = async <Item, Value>(
  items: readonly Item[],
  { map, reduce }: { readonly map: Agent; readonly reduce: Aggregator<string, Value> },
  options: MapReduceOptions<Item> = {},
): Promise<MapReduceResult<Value>> => {
  const { ask = askOf, concurrency = 4, requireAll = false, ...rest } = options
  if (items.length === 0) throw new InvalidArgument('items', 'at least one item', '[]')
  requireCount('concurrency', concurrency)
  const run = new PatternRun(rest)
  const places = createSemaphore(concurrency)
  const turns = await run.all(
    items.map((item, i) =>
      places.run(async () => (await run.run(map, ask(item, i), { name: `item-${i}` })).turn),
    ),
  )
  try {
    const { value, ...said } = await aggregate({ outcomes: toOutcomes(turns) }, reduce, { requireAll })
    run.throwIfAborted()
    return { ...run.result(value), ...said, items: turns }
  } catch (error) {
    run.throwIfAborted()
    throw run.failed('There is nothing to reduce to', error)
  }
}
