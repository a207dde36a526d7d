import { readdir, stat } from 'node:fs/promises'
import { join, parse, resolve } from 'node:path'
import { InvalidArgument } from '@ashlar/core/errors'
import type { RunRecord } from '../durable/journal.ts'
import { digestOfCode } from './code-digest.ts'

export const versionOption = {
  version: {
    type: 'string',
    value: 'name',
    description: 'of the code (a digest of the file and of what it imports)',
  },
} as const

export const anyVersionOption = {
  'any-version': { type: 'boolean', description: 'go on though another version of the code began the run' },
} as const

/** The file of that path, or of that name in `./agents`. */
const fileOf = async (target: string, cwd: string): Promise<string | undefined> => {
  const path = resolve(cwd, target)
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile()) return path
  const folder = join(cwd, 'agents')
  const files = await readdir(folder).catch((): string[] => [])
  const file = files.toSorted().find((name) => parse(name).name.replace(/\.agent$/, '') === target)
  return file === undefined ? undefined : join(folder, file)
}

/** Names the code of a run: as it was said, or by what the file and its imports contain. */
export const codeVersion = async (
  target: string,
  { version, cwd }: { readonly version: string | undefined; readonly cwd: string },
): Promise<string> => {
  if (version === '') throw new InvalidArgument('--version', 'a text that is not empty', version)
  if (version !== undefined) return version
  const file = await fileOf(target, cwd)
  return file === undefined ? '1' : digestOfCode(file)
}

/** The version to go on with. @throws InvalidArgument when another began the run, and not any will do */
export const sameVersion = (
  { runId, version }: RunRecord,
  { now, any }: { readonly now: string; readonly any: boolean },
): string => {
  if (now === version || any) return version
  throw new InvalidArgument(
    'version',
    `"${version}", which began ${runId}: go on with that code, or all the same by --any-version`,
    now,
  )
}
