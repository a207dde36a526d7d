import { createAgent, InvalidArgument, isObject, type LanguageModel } from '@ashlar/core'
import { type Aggregator, NothingToAggregate, type Part } from './aggregate.ts'

const kinds = {
  'a number': (value: unknown): boolean => Number.isFinite(value),
  'a text': (value: unknown): boolean => typeof value === 'string',
  'an object': (value: unknown): boolean => isObject(value),
}

const first = <Value>(parts: readonly Part<Value>[], what: string): Value => {
  const [part] = parts
  if (part === undefined) throw new NothingToAggregate(`There is no ${what}: no task gave a value`)
  return part.value
}

/** @throws InvalidArgument which names the task whose value is another */
const requireKind = <Value>(parts: readonly Part<Value>[], kind: keyof typeof kinds): void => {
  const odd = parts.find(({ value }) => !kinds[kind](value))
  if (odd) throw new InvalidArgument(`the value of task "${odd.id}"`, kind, odd.value)
}

/** All values in one list. */
export const collect =
  <Value>(): Aggregator<Value, Value[]> =>
  (parts) =>
    parts.map(({ value }) => value)

export interface MergeOptions {
  /** What wins where two objects have different values under one key. @default 'last' */
  readonly conflicts?: 'first' | 'last' | 'throw'
}

/** One object of all; objects under the same key are merged too, everything else is replaced. */
export const merge =
  ({ conflicts = 'last' }: MergeOptions = {}): Aggregator<object, Record<string, unknown>> =>
  (parts) => {
    const into = (target: Record<string, unknown>, source: object, path: string): Record<string, unknown> => {
      for (const [key, value] of Object.entries(source)) {
        const old = Object.hasOwn(target, key) ? target[key] : undefined
        const at = path === '' ? key : `${path}.${key}`
        let next: unknown = value
        if (isObject(value)) next = into(isObject(old) ? { ...old } : {}, value, at)
        else if (old !== undefined && old !== value && conflicts !== 'last') {
          if (conflicts === 'throw') throw new NothingToAggregate(`The tasks disagree about ${at}`)
          next = old
        }
        Object.defineProperty(target, key, {
          value: next,
          enumerable: true,
          writable: true,
          configurable: true,
        })
      }
      return target
    }
    requireKind(parts, 'an object')
    const all: Record<string, unknown> = {}
    for (const { value } of parts) into(all, value, '')
    return all
  }

/** Texts one after the other. */
export const concat =
  (separator = '\n\n'): Aggregator<string, string> =>
  (parts) => {
    requireKind(parts, 'a text')
    return parts.map(({ value }) => value).join(separator)
  }

/** 0 of nothing. */
export const sum = (): Aggregator<number, number> => (parts) => {
  requireKind(parts, 'a number')
  return parts.reduce((total, { value }) => total + value, 0)
}

/** @throws NothingToAggregate of nothing */
export const average = (): Aggregator<number, number> => async (parts) => {
  first(parts, 'average')
  return (await sum()(parts)) / parts.length
}

/** The value of the task that ended last. @throws NothingToAggregate when there is none */
export const latest =
  <Value>(): Aggregator<Value, Value> =>
  (parts) =>
    first(parts.slice(-1), 'latest value')

/** The value of the task that succeeded first. @throws NothingToAggregate when none did */
export const firstSuccess =
  <Value>(): Aggregator<Value, Value> =>
  (parts) =>
    first(parts, 'success')

/** A value as text that is the same for the same value, whatever the order of its keys. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (!isObject(value)) return JSON.stringify(value) ?? 'undefined'
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join()}}`
}

/** How a vote ended. */
export interface VoteResult<Value> {
  readonly value: Value
  /** Of the weight of the votes cast, above 0 and at most 1. */
  readonly share: number
  /** Every value with its weight and voters, the heaviest first. */
  readonly votes: readonly {
    readonly value: Value
    readonly weight: number
    readonly by: readonly string[]
  }[]
}

export interface QuorumOptions {
  /** Weight of each task's vote, by id. @default 1 each */
  readonly weights?: Readonly<Record<string, number>>
  /** The share of the weight cast that the winner needs. @default more than half */
  readonly threshold?: number
  /** The least weight that has to be cast. @default more than nothing */
  readonly minimumWeight?: number
}

/**
 * The value that enough of the weight agrees on. Values are equal as JSON; a task without a value abstains, and an
 * abstention is no vote.
 * @throws NothingToAggregate when too few voted, or no value has enough
 */
export const weightedQuorum =
  <Value>(options: QuorumOptions = {}): Aggregator<Value, VoteResult<Value>> =>
  (parts) => {
    const { weights = {}, threshold, minimumWeight = Number.MIN_VALUE } = options
    const counted = new Map<string, { value: Value; weight: number; by: string[] }>()
    let cast = 0
    for (const { id, value } of parts) {
      const key = canonical(value)
      const entry = counted.get(key) ?? { value, weight: 0, by: [] }
      const weight = weights[id] ?? 1
      entry.weight += weight
      entry.by.push(id)
      cast += weight
      counted.set(key, entry)
    }
    if (cast < minimumWeight)
      throw new NothingToAggregate(`Votes of weight ${cast} were cast: too few to decide`)
    const votes = [...counted.values()].toSorted((a, b) => b.weight - a.weight)
    const [winner] = votes
    const share = (winner?.weight ?? 0) / cast
    const isEnough =
      threshold === undefined ? share > 0.5 : share >= threshold && winner?.weight !== votes[1]?.weight
    if (!winner || !isEnough) {
      const shown = votes.map(({ value, weight }) => `${canonical(value)} ${weight}`).join(', ')
      throw new NothingToAggregate(`No value has enough votes: ${shown}`)
    }
    return { value: winner.value, share, votes }
  }

/** The value that more than half of the voters gave. @throws NothingToAggregate when there is none */
export const majorityVote = <Value>(): Aggregator<Value, VoteResult<Value>> => weightedQuorum()

export interface SynthesisOptions {
  readonly model: LanguageModel
  /** What the text is for. @default 'Write one text that says what these say, without repeating itself.' */
  readonly instructions?: string
  readonly signal?: AbortSignal
}

/** One text that a model writes of all. @throws NothingToAggregate of nothing, and what the model throws */
export const synthesis =
  (options: SynthesisOptions): Aggregator<string, string> =>
  async (parts) => {
    const { model, signal } = options
    const { instructions = 'Write one text that says what these say, without repeating itself.' } = options
    first(parts, 'synthesis')
    requireKind(parts, 'a text')
    const texts = parts.map(({ id, value }) => `<result task="${id}">\n${value}\n</result>`).join('\n')
    const agent = createAgent({ name: 'synthesiser', model, instructions })
    const { text } = await agent.run(texts, { ...(signal && { signal }) })
    return text
  }
