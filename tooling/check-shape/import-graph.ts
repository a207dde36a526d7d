import { posix } from 'node:path'
import { type ExportTarget, splitSpecifier } from '../packages.ts'
import type { SourceFile } from './source-file.ts'
import type { Workspace } from './workspace.ts'

/** Which file imports which, types included, across packages. */
export interface ImportGraph {
  readonly file: (path: string) => SourceFile | undefined
  /** The file a specifier means; undefined for what is not in the workspace. */
  readonly resolve: (from: string, specifier: string) => string | undefined
  readonly importsOf: (path: string) => readonly string[]
}

/** The source file that a development `exports` entry points at. */
export const developmentFile = (target: ExportTarget | undefined): string | undefined =>
  target === undefined || typeof target === 'string' ? target : developmentFile(target['default'])

/** Builds the import graph of all source files. */
export const createImportGraph = ({ packages, files }: Workspace): ImportGraph => {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const byName = new Map(packages.map((each) => [each.name, each]))
  const resolve = (from: string, specifier: string): string | undefined => {
    if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier)
    const [name, subpath] = splitSpecifier(specifier)
    const owner = byName.get(name)
    const target = developmentFile(owner?.manifest.exports?.[subpath])
    return owner && target ? posix.join(owner.folder, target) : undefined
  }
  return {
    file: (path) => byPath.get(path),
    resolve,
    importsOf: (path) =>
      (byPath.get(path)?.imports ?? []).flatMap((specifier) => {
        const target = resolve(path, specifier)
        return target !== undefined && byPath.has(target) ? [target] : []
      }),
  }
}
