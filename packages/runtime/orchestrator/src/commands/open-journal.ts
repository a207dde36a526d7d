import { access, mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { CommandIo } from '@ashlar/command'
import { InvalidArgument } from '@ashlar/core/errors'
import type { Journal } from '../durable/journal.ts'
import { sqliteJournal } from '../durable/sqlite-journal.ts'

export const journalOption = {
  journal: {
    type: 'string',
    value: 'file',
    description:
      'where runs are recorded: a file or a postgres:// URL (else ASHLAR_JOURNAL, else .ashlar/runs.db)',
  },
} as const

export interface JournalChoice {
  /** As given on the command line. */
  readonly journal?: string | undefined
  /** Makes the file when it is not there. @default false */
  readonly create?: boolean
}

const isUrl = (target: string): boolean => /^postgres(?:ql)?:\/\//.test(target)

const openFile = async (
  target: string,
  { create, cwd }: { create: boolean; cwd: string },
): Promise<Journal> => {
  const file = resolve(cwd, target)
  if (create) await mkdir(dirname(file), { recursive: true })
  else
    await access(file).catch(() => {
      throw new InvalidArgument(
        'journal',
        'a file that is there, as ashlar runs start and ashlar plan make it',
        target,
      )
    })
  return sqliteJournal(file)
}

/** A database, and in `?schema=NAME` where in it. */
const openUrl = async (target: string): Promise<Journal> => {
  const url = new URL(target)
  const schema = url.searchParams.get('schema')
  url.searchParams.delete('schema')
  const { postgresJournal } = await import('../durable/postgres-journal.ts')
  return postgresJournal(url.href, schema === null ? {} : { schema })
}

/** Opens the journal that the arguments or the environment name, for as long as the work takes. */
export const withJournal = async <T>(
  { journal, create = false }: JournalChoice,
  { env, cwd }: Pick<CommandIo, 'env' | 'cwd'>,
  work: (journal: Journal) => Promise<T>,
): Promise<T> => {
  const target = journal ?? (env['ASHLAR_JOURNAL'] || '.ashlar/runs.db')
  const opened = isUrl(target) ? await openUrl(target) : await openFile(target, { create, cwd })
  try {
    return await work(opened)
  } finally {
    await opened.close()
  }
}

/** A word as a shell reads it. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

/** A URL may hold a password, which is not to be on a screen: it is in the environment, or typed again. */
const canBeShown = (journal: string | undefined): journal is string =>
  journal !== undefined && !isUrl(journal)

/** A command to type, with the options that say where the journal is and which model was chosen. */
export const commandLine = (
  words: readonly string[],
  { journal, model }: { readonly journal?: string | undefined; readonly model?: string | undefined },
): string => {
  const options = [
    ...(canBeShown(journal) ? ['--journal', journal] : []),
    ...(model ? ['--model', model] : []),
  ]
  return [...words, ...options].map(quoted).join(' ')
}
