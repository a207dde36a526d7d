import type { Pass } from '../circuit.ts'
import type { CallOutcome, CircuitRules, CircuitStore } from '../circuit-store.ts'
import { assertEqual, type Bench, type Check, runChecks, type Runner } from './run-checks.ts'

/** A circuit store under test. */
export type CircuitStoreBench = Bench<CircuitStore>

export interface TestCircuitStoreOptions {
  readonly name: string
  /** A store with no circuit in it. Where `advance` waits, the suite takes some seconds. */
  create(): Promise<CircuitStoreBench>
}

/** Times a machine under load keeps between two steps. */
const rules: CircuitRules = { failures: 3, windowMs: 60_000, cooldownMs: 1000 }

const enter = async (store: CircuitStore, { name = 'a', by = rules } = {}): Promise<Pass> => {
  const { pass } = await store.enter(name, by)
  if (typeof pass === 'number') throw new Error(`${name}: expected a pass, got ${pass} ms to wait`)
  return pass
}

const assertRefused = async (store: CircuitStore, state: string): Promise<void> => {
  const answer = await store.enter('a', rules)
  if (typeof answer.pass !== 'number' || !(answer.pass > 0 && answer.pass <= rules.cooldownMs))
    throw new Error(`expected a time within the cooldown, got ${JSON.stringify(answer.pass)}`)
  assertEqual(answer.state, state, 'the state')
}

const end = (store: CircuitStore, pass: Pass, outcome: CallOutcome): Promise<unknown> =>
  store.end('a', { pass, outcome, rules })

const call = async (store: CircuitStore, outcome: CallOutcome): Promise<unknown> =>
  end(store, await enter(store), outcome)

const open = async (store: CircuitStore): Promise<void> => {
  for (let failure = 1; failure <= rules.failures; failure++)
    assertEqual(
      await call(store, 'failed'),
      failure < rules.failures ? 'closed' : 'open',
      `after failure ${failure}`,
    )
}

const checks: readonly Check<CircuitStore>[] = [
  [
    'opens after failures in a row, for this name alone',
    async ({ store }) => {
      await open(store)
      await assertRefused(store, 'open')
      await enter(store, { name: 'b' })
    },
  ],
  [
    'begins to count anew after a call that succeeded, not after one that was abandoned',
    async ({ store }) => {
      for (const outcome of ['failed', 'failed', 'succeeded', 'failed', 'abandoned', 'failed'] as const)
        assertEqual(await call(store, outcome), 'closed', `after ${outcome}`)
      assertEqual(await call(store, 'failed'), 'open', 'the third in a row')
    },
  ],
  [
    'lets one of many probe after the cooldown, and closes when that succeeds',
    async ({ store, advance }) => {
      await open(store)
      await advance(rules.cooldownMs)
      const answers = await Promise.all(Array.from({ length: 20 }, () => store.enter('a', rules)))
      const passes = answers.map(({ pass }) => pass).filter((pass) => typeof pass !== 'number')
      assertEqual(passes.length, 1, 'probes')
      const [probe] = passes
      if (!probe) return
      assertEqual(probe.isProbe, true, 'a probe')
      await assertRefused(store, 'half-open')
      assertEqual(await end(store, probe, 'succeeded'), 'closed', 'after the probe')
      assertEqual((await enter(store)).isProbe, false, 'a probe')
    },
  ],
  [
    'opens again when the probe fails, and probes again when it was abandoned',
    async ({ store, advance }) => {
      await open(store)
      await advance(rules.cooldownMs)
      assertEqual(await call(store, 'abandoned'), 'half-open', 'after a probe that says nothing')
      assertEqual(await call(store, 'failed'), 'open', 'after a probe that failed')
      await assertRefused(store, 'open')
    },
  ],
  [
    'does not wait for ever for a probe of which nobody tells',
    async ({ store, advance }) => {
      await open(store)
      await advance(rules.cooldownMs)
      await enter(store)
      await advance(rules.cooldownMs)
      assertEqual((await enter(store)).isProbe, true, 'a probe')
    },
  ],
  [
    'does not take the late end of an older call for that of the probe',
    async ({ store, advance }) => {
      const older = await enter(store)
      await open(store)
      assertEqual(await end(store, older, 'succeeded'), 'open', 'after an older call')
      await advance(rules.cooldownMs)
      assertEqual(await end(store, older, 'failed'), 'half-open', 'after an older call')
      assertEqual((await enter(store)).isProbe, true, 'a probe')
    },
  ],
  [
    'forgets failures in time',
    async ({ store, advance }) => {
      const brief = { ...rules, windowMs: 500 }
      const fail = async (): Promise<unknown> =>
        store.end('a', { pass: await enter(store, { by: brief }), outcome: 'failed', rules: brief })
      for (let failure = 0; failure < 2; failure++) await fail()
      await advance(brief.windowMs)
      assertEqual(await fail(), 'closed', 'after a failure that is the only one')
    },
  ],
]

/**
 * What holds for every circuit store.
 * @throws InvalidArgument when an option is missing
 */
export const testCircuitStore = (options: TestCircuitStoreOptions, runner: Runner): void =>
  runChecks({ title: `circuit store ${options.name}`, checks, create: options.create }, runner)
