import { InvalidArgument, isObject, type LanguageModel, type ModelRequest } from '@ashlar/core'
import type { Candidate } from './candidate.ts'

/** Chooses the model for a request. */
export type Choose = (candidates: readonly [Candidate, ...Candidate[]], request: ModelRequest) => Candidate

/** The names of the strategies that need no more than a name. */
export type StrategyName =
  | 'round-robin'
  | 'weighted'
  | 'least-busy'
  | 'p2c-ewma'
  | 'cost'
  | 'health-first'
  | 'random'

/** How a balancer chooses: by name, or by what the requests of one session have in common. */
export type Strategy = StrategyName | { readonly sticky: (request: ModelRequest) => string }

export interface StrategyOptions {
  readonly random: () => number
  readonly now: () => number
  readonly unhealthyMs: number
  readonly costOf: ((model: LanguageModel, request: ModelRequest) => number | undefined) | undefined
}

type Candidates = readonly [Candidate, ...Candidate[]]

/** The candidate with the lowest score; those that are equal take turns. */
const createLowest = (): ((candidates: Candidates, score: (candidate: Candidate) => number) => Candidate) => {
  let turn = -1
  return (candidates, score) => {
    const scores = candidates.map(score)
    const lowest = Math.min(...scores)
    for (let step = 1; step <= candidates.length; step++) {
      const index = (turn + step) % candidates.length
      const candidate = candidates[index]
      if (!candidate || scores[index] !== lowest) continue
      turn = index
      return candidate
    }
    return candidates[0]
  }
}

/** Smooth weighted round robin, as nginx does it: a heavy model is not called in bursts. */
const createWeighted = (): Choose => {
  const current = new Map<Candidate, number>()
  return (candidates) => {
    let best = candidates[0]
    let total = 0
    for (const candidate of candidates) {
      const value = (current.get(candidate) ?? 0) + candidate.weight
      current.set(candidate, value)
      total += candidate.weight
      if (value > (current.get(best) ?? 0)) best = candidate
    }
    current.set(best, (current.get(best) ?? 0) - total)
    return best
  }
}

/** Two at random, and the better of the two: near the best choice, without all running to one model. */
const createPowerOfTwo =
  ({ random }: StrategyOptions): Choose =>
  (candidates) => {
    const first = Math.floor(random() * candidates.length)
    const step = candidates.length > 1 ? 1 + Math.floor(random() * (candidates.length - 1)) : 0
    const a = candidates[first] ?? candidates[0]
    const b = candidates[(first + step) % candidates.length] ?? a
    const load = (candidate: Candidate): number => (candidate.latencyMs() + 1) * (candidate.busy + 1)
    return load(b) < load(a) ? b : a
  }

const isOpen = ({ model }: Candidate): boolean => 'state' in model && model.state === 'open'

const createHealthFirst = ({ now, unhealthyMs }: StrategyOptions): Choose => {
  const lowest = createLowest()
  // Of those that failed, the one whose failure is longest ago is the likeliest to be back.
  const illness = (candidate: Candidate): number => {
    if (isOpen(candidate)) return Infinity
    const wellAt = candidate.failures > 0 ? candidate.failedAt + unhealthyMs : 0
    return Math.max(0, wellAt - now())
  }
  return (candidates) => lowest(candidates, illness)
}

/** FNV-1a with the finalizer of MurmurHash3: 32 bits, spread evenly. */
const hash = (text: string): number => {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

/** Rendezvous hashing: without one of the models only its own sessions move. */
const createSticky = (sessionOf: (request: ModelRequest) => string): Choose => {
  return (candidates, request) => {
    const session = sessionOf(request)
    const rank = (candidate: Candidate): number =>
      hash(
        `${session}\n${candidate.model.provider}/${candidate.model.modelId}\n${candidates.indexOf(candidate)}`,
      )
    return candidates.reduce((best, candidate) => (rank(candidate) > rank(best) ? candidate : best))
  }
}

const byName: Readonly<Record<StrategyName, (options: StrategyOptions) => Choose>> = {
  'round-robin': () => {
    const lowest = createLowest()
    return (candidates) => lowest(candidates, () => 0)
  },
  weighted: createWeighted,
  'least-busy': () => {
    const lowest = createLowest()
    return (candidates) => lowest(candidates, ({ busy }) => busy)
  },
  'p2c-ewma': createPowerOfTwo,
  cost: ({ costOf }) => {
    const lowest = createLowest()
    if (!costOf) throw new InvalidArgument('costOf', "a function, for the strategy 'cost'", costOf)
    return (candidates, request) => lowest(candidates, ({ model }) => costOf(model, request) ?? Infinity)
  },
  'health-first': createHealthFirst,
  random:
    ({ random }) =>
    (candidates) =>
      candidates[Math.floor(random() * candidates.length)] ?? candidates[0],
}

/** @throws InvalidArgument for a strategy nobody knows */
export const createStrategy = (strategy: Strategy, options: StrategyOptions): Choose => {
  if (typeof strategy === 'string' && Object.hasOwn(byName, strategy)) return byName[strategy](options)
  if (isObject(strategy) && typeof strategy.sticky === 'function') return createSticky(strategy.sticky)
  const names = Object.keys(byName).join(', ')
  throw new InvalidArgument('strategy', `one of ${names}, or { sticky: (request) => string }`, strategy)
}
