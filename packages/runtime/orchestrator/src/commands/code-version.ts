import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, parse, resolve } from 'node:path'
import { InvalidArgument } from '@ashlar/core/errors'
import type { RunRecord } from '../durable/journal.ts'

export const versionOption = {
  version: {
    type: 'string',
    value: 'name',
    description: 'of the code (a digest of the file itself; what it imports is not seen)',
  },
} as const

export const anyVersionOption = {
  'any-version': { type: 'boolean', description: 'go on though another version of the code began the run' },
} as const

/** The file of that path, or of that name in `./agents`. */
const contentOf = async (target: string, cwd: string): Promise<Buffer | undefined> => {
  const found = await readFile(resolve(cwd, target)).catch(() => undefined)
  if (found) return found
  const folder = join(cwd, 'agents')
  const files = await readdir(folder).catch((): string[] => [])
  const file = files.toSorted().find((name) => parse(name).name.replace(/\.agent$/, '') === target)
  return file === undefined ? undefined : readFile(join(folder, file)).catch(() => undefined)
}

/** Names the code of a run: as it was said, or by the file's content. */
export const codeVersion = async (
  target: string,
  { version, cwd }: { readonly version: string | undefined; readonly cwd: string },
): Promise<string> => {
  if (version === '') throw new InvalidArgument('--version', 'a text that is not empty', version)
  if (version !== undefined) return version
  const content = await contentOf(target, cwd)
  return content ? `sha256-${createHash('sha256').update(content).digest('hex').slice(0, 12)}` : '1'
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
