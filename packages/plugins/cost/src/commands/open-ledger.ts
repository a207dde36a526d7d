import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { CommandIo } from '@ashlar/command'
import type { Ledger } from '../ledger.ts'

/** The option that says which ledger, for every command that reads one. */
export const ledgerOption = {
  type: 'string',
  value: 'file|url',
  description: 'A SQLite file or a postgres:// URL (ASHLAR_LEDGER; ashlar-ledger.db)',
} as const

/** Opens a ledger that is there; a command never makes one. @throws Error when there is none */
export const openLedger = async (
  given: string | undefined,
  { env, cwd }: Pick<CommandIo, 'env' | 'cwd'>,
): Promise<Ledger> => {
  const place = given ?? env['ASHLAR_LEDGER'] ?? 'ashlar-ledger.db'
  if (/^postgres(?:ql)?:\/\//.test(place))
    return (await import('../postgres-ledger.ts')).postgresLedger(place)
  const file = resolve(cwd, place)
  if (!existsSync(file))
    throw new Error(
      `no ledger at ${file}: name one with --ledger or ASHLAR_LEDGER. Agents write one when their budget has it: budget({ usd: 5, ledger: await sqliteLedger('${place}') })`,
    )
  return (await import('../sqlite-ledger.ts')).sqliteLedger(file)
}
