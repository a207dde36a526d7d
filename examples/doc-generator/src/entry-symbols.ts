import { posix } from 'node:path'
import type { Workspace } from '@ashlar/workspace'
import { type CodeOutline, type CodeSymbol, readCode } from '@ashlar/workspace/code'

/** Something an entry of a package exports. */
export interface EntrySymbol {
  /** What it is exported as. */
  readonly name: string
  readonly symbol: CodeSymbol
}

/** Reads each module once. */
export const createModules = (workspace: Workspace): ((path: string) => Promise<CodeOutline>) => {
  const outlines = new Map<string, Promise<CodeOutline>>()
  return (path) => {
    const known = outlines.get(path) ?? readCode(workspace, { path })
    outlines.set(path, known)
    return known
  }
}

/** `export * as name from './module.ts'`: a symbol whose members are theirs. */
const namespaceOf = (
  theirs: readonly EntrySymbol[],
  { name, from }: { readonly name: string; readonly from: string },
): CodeSymbol => ({
  name,
  kind: 'module',
  line: 1,
  endLine: 1,
  signature: `* as ${name} from '${from}'`,
  exported: true,
  members: theirs.map(({ symbol }) => symbol),
})

/**
 * What a module exports, wherever it is declared: names passed on are followed through the package. Names of other packages
 * are left out: they are documented there.
 */
export const entrySymbols = async (
  path: string,
  {
    read,
    seen = new Set(),
  }: { readonly read: (path: string) => Promise<CodeOutline>; readonly seen?: ReadonlySet<string> },
): Promise<EntrySymbol[]> => {
  if (seen.has(path)) return []
  const { symbols, reexports } = await read(path)
  const found = symbols
    .filter(({ exported }) => exported)
    .flatMap((symbol) => (symbol.exportedAs ?? [symbol.name]).map((name) => ({ name, symbol })))
  for (const { name, original, from } of reexports) {
    if (!from.startsWith('.')) continue
    const module = posix.join(posix.dirname(path), from)
    const theirs = await entrySymbols(module, { read, seen: new Set([...seen, path]) })
    if (name === '*') found.push(...theirs.filter((their) => their.name !== 'default'))
    else if (original === '*') found.push({ name, symbol: namespaceOf(theirs, { name, from }) })
    else
      found.push(...theirs.filter((their) => their.name === original).map(({ symbol }) => ({ name, symbol })))
  }
  return found.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))
}
