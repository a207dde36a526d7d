import { createHash } from 'node:crypto'
import { readFile, realpath } from 'node:fs/promises'
import { dirname, relative, sep } from 'node:path'
import { InvalidArgument } from '@ashlar/core/errors'
import { importedCode } from './imported-code.ts'

const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex')

/** A file that is imported and is not there is part of what the code is, too. */
const contentOf = (path: string): Promise<Buffer | undefined> => readFile(path).catch(() => undefined)

const realPathOf = (path: string): Promise<string> => realpath(path).catch(() => path)

/**
 * Names the code of a file: its bytes, those of each file that it imports by a path or `#name` – however far down – and
 * the packages that these import, by name and version. The same on every machine that has the same files: paths are
 * relative to the file's folder, bytes are as they are.
 * @throws InvalidArgument where there are more than `limit` files
 */
export const digestOfCode = async (
  file: string,
  { limit = 1_000 }: { readonly limit?: number } = {},
): Promise<string> => {
  const first = await realPathOf(file)
  const lines = new Set<string>()
  const known = new Set([first])
  // A set gives out what is put into it meanwhile.
  for (const path of known) {
    if (known.size > limit)
      throw new InvalidArgument('--version', `a name for code of more than ${limit} files`, 'none')
    const content = await contentOf(path)
    const name = relative(dirname(first), path).replaceAll(sep, '/')
    lines.add(JSON.stringify([name, content ? sha256(content) : 'missing']))
    const { files, packages } = await importedCode(path, content?.toString() ?? '')
    for (const one of packages) lines.add(JSON.stringify([one]))
    for (const one of files) known.add(await realPathOf(one))
  }
  return `sha256-${sha256([...lines].toSorted().join('\n')).slice(0, 12)}`
}
