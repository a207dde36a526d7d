import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The repository's root folder. */
export const root: string = dirname(import.meta.dirname)

/** What one subpath of `exports` points at: a file, or one per condition. */
export type ExportTarget = string | { readonly [condition: string]: ExportTarget }

/** The parts of package.json that the checks read. */
export interface Manifest {
  readonly name: string
  readonly version?: string
  readonly description?: string
  readonly keywords?: readonly string[]
  readonly license?: string
  readonly type?: string
  readonly sideEffects?: boolean
  readonly files?: readonly string[]
  readonly bin?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, ExportTarget>>
  readonly publishConfig?: {
    readonly access?: string
    readonly bin?: Readonly<Record<string, string>>
    readonly exports?: Readonly<Record<string, ExportTarget>>
  }
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly engines?: Readonly<Record<string, string>>
}

/** A package under `packages/`. */
export interface Package {
  readonly name: string
  /** From the root, with forward slashes: `packages/base/wire`. */
  readonly folder: string
  readonly manifest: Manifest
  readonly readme: string | undefined
}

const readIfThere = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, 'utf8') : undefined

/** Every package that is published, in the order of its folder. */
export const readPackages = (): Package[] =>
  globSync('packages/{*,*/*}/package.json', { cwd: root, exclude: ['**/node_modules/**'] })
    .map((file) => dirname(file).replaceAll('\\', '/'))
    .toSorted()
    .map((folder) => {
      const manifest: Manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
      return { name: manifest.name, folder, manifest, readme: readIfThere(join(root, folder, 'README.md')) }
    })

/** `@ashlar/wire/fetch` → `['@ashlar/wire', './fetch']`; `openai` → `['openai', '.']`. */
export const splitSpecifier = (specifier: string): [name: string, subpath: string] => {
  const parts = specifier.split('/')
  const length = specifier.startsWith('@') ? 2 : 1
  return [parts.slice(0, length).join('/'), ['.', ...parts.slice(length)].join('/')]
}
