import { type Command, defineCommand, printable, table, withResource } from '@ashlar/command'
import type { AccountState } from '../ledger.ts'
import { forever } from '../ledger.ts'
import { formatUsd, toUsdString } from '../money.ts'
import { checkTimeZone, timeAt } from '../window.ts'
import { ledgerOption, openLedger } from './open-ledger.ts'

const percent = ({ spent, reserved, limit }: AccountState): string =>
  limit === 0n ? '' : share(((spent + reserved) * 10_000n) / limit, spent + reserved > 0n)

/** Ten-thousandths as per cent, cut off: 100 % is never said before it is reached. */
const share = (parts: bigint, isUsed: boolean): string =>
  parts === 0n && isUsed ? '< 0.01 %' : `${(Number(parts) / 100).toFixed(2)} %`

type Time = (at: number) => string

const timeIn =
  (timeZone: string | undefined): Time =>
  (at) => {
    if (at === forever.until) return ''
    return timeZone === undefined ? new Date(at).toISOString() : timeAt(at, timeZone)
  }

/** Of one run or tree; there may be very many. */
const isOfRun = ({ scope }: AccountState): boolean => scope === 'run' || scope === 'tree'

const fewest = 20

const byUse = (a: AccountState, b: AccountState): number => {
  const [left, right] = [(a.spent + a.reserved) * b.limit, (b.spent + b.reserved) * a.limit]
  return left === right ? 0 : left > right ? -1 : 1
}

/** What holds now; budgets of single runs and trees only where there are no others. */
const currentOf = (accounts: readonly AccountState[], now: number) => {
  const current = accounts.filter(({ from, until }) => from <= now && now < until)
  const runs = current.filter(isOfRun).toSorted(byUse)
  const others = current.filter((account) => !isOfRun(account))
  const shown = others.length > 0 ? others : runs.slice(0, fewest)
  return { shown, hidden: others.length > 0 ? runs.length : runs.length - shown.length }
}

const toJson = ({ scope, id, from, until, limit, spent, reserved }: AccountState, time: Time): object => ({
  scope,
  id,
  ...(until !== forever.until && { from: time(from), until: time(until) }),
  limitUsd: toUsdString(limit),
  spentUsd: toUsdString(spent),
  reservedUsd: toUsdString(reserved),
})

const toText = (accounts: readonly AccountState[], time: Time): string => {
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
    all: { type: 'boolean', description: 'Past windows, and all budgets of single runs and trees, as well' },
    'time-zone': { type: 'string', value: 'name', description: 'What times are shown in (UTC)' },
    ledger: ledgerOption,
    json: { type: 'boolean', description: 'JSON, dollars exact' },
  },
  run: async ({ values, positionals: [wanted] }, io) => {
    const zone = values['time-zone']
    const time = timeIn(zone === undefined ? undefined : checkTimeZone(zone))
    return withResource(await openLedger(values.ledger, io), async (ledger) => {
      const all = await ledger.accounts()
      const named = wanted === undefined ? all : all.filter(({ id }) => id === wanted)
      const isWhole = values.all || wanted !== undefined
      const { shown, hidden } = isWhole ? { shown: named, hidden: 0 } : currentOf(named, Date.now())
      if (values.json) io.stdout.write(`${JSON.stringify(shown.map((each) => toJson(each, time)))}\n`)
      else if (shown.length > 0) io.stdout.write(toText(shown, time))
      else io.stderr.write('No such budget was used yet; --all shows past windows and single runs.\n')
      if (hidden > 0) io.stderr.write(`${hidden} more of single runs and trees: --all shows them.\n`)
    })
  },
})
