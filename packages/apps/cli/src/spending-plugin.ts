import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from '@ashlar/core'
import type { Config } from '@ashlar/config'
import type { AgentSettings, AshlarConfig } from '@ashlar/config/ashlar'
import { stateFolder } from './state-folder.ts'

type Budget = NonNullable<AgentSettings['budget']>

const budgetsOf = (config: Config<AshlarConfig>): Budget[] =>
  [config.value.budget, ...config.agents.map((name) => config.forAgent(name).budget)].filter(
    (budget) => budget !== undefined,
  )

/**
 * The budgets of the configuration, by the name of the agent that runs; nothing where there are none. What is spent in a
 * day is kept in the user's ledger.
 */
export const spendingPlugin = async (
  config: Config<AshlarConfig>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Plugin | undefined> => {
  const budgets = budgetsOf(config)
  if (budgets.length === 0) return undefined
  const { budget: budgetPlugin, createPriceBook, memoryLedger } = await import('@ashlar/cost')
  const open = async () => {
    if (budgets.every(({ usdPerDay }) => usdPerDay === undefined)) return memoryLedger()
    const { ASHLAR_LEDGER: place } = env
    if (place && /^postgres(?:ql)?:/.test(place))
      return (await import('@ashlar/cost/postgres-ledger')).postgresLedger(place)
    const folder = stateFolder(env)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return (await import('@ashlar/cost/sqlite-ledger')).sqliteLedger(place || join(folder, 'ledger.db'))
  }
  const ledger = await open()
  // What runs on this machine costs nothing.
  const prices = createPriceBook({ free: ['local', 'ollama'] })
  const made = new Map<string, Plugin>()
  const make = (agent: string): Plugin => {
    const { usd, usdPerDay } = config.forAgent(agent).budget ?? {}
    const limits = [
      ...(usd === undefined ? [] : [{ usd, per: 'tree' as const }]),
      ...(usdPerDay === undefined ? [] : [{ usd: usdPerDay, per: 'all' as const, window: 'day' as const }]),
    ]
    return budgetPlugin({ limits, ledger, prices })
  }
  return {
    name: 'budget',
    setup: (run) => {
      const { name } = run.agent
      if (config.forAgent(name).budget === undefined) return {}
      const plugin = made.get(name) ?? make(name)
      made.set(name, plugin)
      return plugin.setup?.(run) ?? {}
    },
  }
}
