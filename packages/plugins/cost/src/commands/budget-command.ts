import { type Command, defineCommand, printable, table } from '@ashlar/command'
import type { AccountState } from '../ledger.ts'
import { forever } from '../ledger.ts'
import { formatUsd, toUsdString } from '../money.ts'
import { ledgerOption, openLedger } from './open-ledger.ts'

const percent = ({ spent, reserved, limit }: AccountState): string =>
  limit === 0n ? '' : `${((spent + reserved) * 100n) / limit} %`

const time = (at: number): string => (at === forever.until ? '' : new Date(at).toISOString())

const toJson = ({ scope, id, from, until, limit, spent, reserved }: AccountState): object => ({
  scope,
  id,
  ...(until !== forever.until && { from: time(from), until: time(until) }),
  limitUsd: toUsdString(limit),
  spentUsd: toUsdString(spent),
  reservedUsd: toUsdString(reserved),
})

const toText = (accounts: readonly AccountState[]): string => {
  const dollars = (pico: bigint): string => formatUsd(pico, { digits: 6 })
  const rows = accounts.map((account) => [
    account.scope,
    printable(account.id),
    dollars(account.limit),
    dollars(account.spent),
    dollars(account.reserved),
    percent(account),
    time(account.until),
  ])
  const head = ['per', 'which', 'limit', 'spent', 'reserved', 'used', 'until']
  return table([head, ...rows], { right: [2, 3, 4, 5] })
}

/** `ashlar cost budget`: every account a limit was set for, and how much of it is used. */
export const budgetCommand: Command = defineCommand({
  name: 'ashlar cost budget',
  summary: 'Where budgets stand: limit, spent, reserved',
  positionals: { usage: '[key|project|run]', max: 1 },
  options: {
    all: { type: 'boolean', description: 'Past windows, and the budgets of single runs, as well' },
    ledger: ledgerOption,
    json: { type: 'boolean', description: 'JSON, dollars exact' },
  },
  run: async ({ values, positionals: [wanted] }, io) => {
    await using ledger = await openLedger(values.ledger, io)
    const now = Date.now()
    const accounts = (await ledger.accounts()).filter(({ scope, id, from, until }) => {
      if (wanted !== undefined) return id === wanted
      const isCurrent = from <= now && now < until
      return values.all || (isCurrent && scope !== 'run' && scope !== 'tree')
    })
    if (values.json) io.stdout.write(`${JSON.stringify(accounts.map(toJson))}\n`)
    else if (accounts.length > 0) io.stdout.write(toText(accounts))
    else io.stderr.write('No such budget was used yet; --all shows past windows and single runs.\n')
  },
})
