import { InvalidArgument } from '@ashlar/core'

/** An agent to choose from. */
export interface Candidate {
  readonly id: string
  /** @default 0 */
  readonly priority?: number
  /** @default none */
  readonly capabilities?: readonly string[]
}

export type SelectionStrategy = 'first' | 'priority' | 'least-recently-used' | 'round-robin'

export interface SelectOptions {
  /** What it must be able to do, all of it. @default nothing */
  readonly capabilities?: readonly string[]
}

/** Chooses an agent; undefined when none can do what is asked. */
export type Selector = <C extends Candidate>(
  candidates: readonly C[],
  options?: SelectOptions,
) => C | undefined

const strategies: readonly SelectionStrategy[] = ['first', 'priority', 'least-recently-used', 'round-robin']

const can = ({ capabilities = [] }: Candidate, wanted: readonly string[]): boolean =>
  wanted.every((one) => capabilities.includes(one))

/**
 * Chooses among agents that can do what is asked: the `first`, the one with the highest `priority`, the one used longest
 * ago, or one after the other.
 * @throws InvalidArgument for a strategy that there is not
 */
export const createSelector = (strategy: SelectionStrategy): Selector => {
  if (!strategies.includes(strategy)) throw new InvalidArgument('strategy', strategies.join(', '), strategy)
  const usedAt = new Map<string, number>()
  let uses = 0
  let lastId: string | undefined
  const choose = <C extends Candidate>(fit: readonly C[], all: readonly C[]): C | undefined => {
    if (strategy === 'priority')
      return fit.reduce<C | undefined>(
        (best, one) => ((one.priority ?? 0) > (best?.priority ?? -Infinity) ? one : best),
        undefined,
      )
    if (strategy === 'least-recently-used')
      return fit.reduce<C | undefined>(
        (best, one) => (best && (usedAt.get(best.id) ?? 0) <= (usedAt.get(one.id) ?? 0) ? best : one),
        undefined,
      )
    if (strategy === 'first') return fit[0]
    // After the one used last, in the order of all, whoever came or went.
    const after = all.findIndex(({ id }) => id === lastId) + 1
    return [...all.slice(after), ...all.slice(0, after)].find((one) => fit.includes(one))
  }
  return (candidates, { capabilities = [] } = {}) => {
    const chosen = choose(
      candidates.filter((one) => can(one, capabilities)),
      candidates,
    )
    if (chosen) usedAt.set(chosen.id, ++uses)
    lastId = chosen?.id ?? lastId
    return chosen
  }
}
