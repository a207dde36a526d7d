import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Package, readPackages, root } from '../packages.ts'
import { parseSource, type SourceFile } from './source-file.ts'

/** All that the shape checks look at. Tests are outside the budgets. */
export interface Workspace {
  readonly packages: readonly Package[]
  readonly files: readonly SourceFile[]
  /** The README of the repository. */
  readonly readme: string
}

const testFile = /\.test(-d)?\.m?[jt]s$/

/** Reads and parses every source file of the repository. */
export const readWorkspace = (): Workspace => ({
  packages: readPackages(),
  readme: readFileSync(join(root, 'README.md'), 'utf8'),
  files: globSync('{packages,examples,bench,tooling,scripts}/**/*.{ts,mjs}', {
    cwd: root,
    exclude: ['**/node_modules/**', '**/dist/**'],
  })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !testFile.test(path))
    .toSorted()
    .map((path) => parseSource(path, readFileSync(join(root, path), 'utf8'))),
})

/** The package a file belongs to; undefined for examples, tooling and scripts. */
export const packageOf = ({ packages }: Workspace, path: string): Package | undefined =>
  packages.find(({ folder }) => path.startsWith(`${folder}/`))

/** The files under a package's `src`. */
export const sourcesOf = ({ files }: Workspace, { folder }: Package): SourceFile[] =>
  files.filter(({ path }) => path.startsWith(`${folder}/src/`))
