import { existsSync, mkdirSync } from 'node:fs'
import { basename, posix, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createWorkspace, glob, readFile, type Workspace, WorkspaceError, writeFile } from '@ashlar/workspace'
import { type ApiPage, toApiPage, toIndexPage } from './api-page.ts'
import { brokenLinks } from './broken-links.ts'
import { createModules, entrySymbols } from './entry-symbols.ts'

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly description?: string
  readonly exports?: Readonly<Record<string, string>>
}

const pageOf = async (workspace: Workspace, path: string): Promise<ApiPage | undefined> => {
  const manifest: Manifest = JSON.parse((await readFile(workspace, { path })).text)
  const sources = Object.entries(manifest.exports ?? {}).filter(([, file]) => file.endsWith('.ts'))
  if (manifest.private === true || sources.length === 0) return undefined
  const read = createModules(workspace)
  const entries = await Promise.all(
    sources.map(async ([subpath, file]) => ({
      specifier: posix.join(manifest.name, subpath),
      symbols: await entrySymbols(posix.join(posix.dirname(path), file), { read }),
    })),
  )
  return { name: manifest.name, description: manifest.description ?? '', entries }
}

/** A package that names a file it does not have yet is no reason to write no page at all. */
const missing = (error: unknown): undefined => {
  if (!WorkspaceError.isInstance(error) || error.code !== 'not-found') throw error
  console.error(error.message)
}

/** Pages by file name. */
const pagesOf = async (workspace: Workspace): Promise<Map<string, string>> => {
  const pages: (ApiPage & { readonly file: string })[] = []
  for (const path of (await glob(workspace, { pattern: 'packages/**/package.json' })).paths) {
    const page = await pageOf(workspace, path).catch(missing)
    if (page) pages.push({ ...page, file: `${basename(page.name)}.md` })
  }
  const byName = pages.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return new Map([
    ['README.md', toIndexPage(byName)],
    ...byName.map((page) => [page.file, toApiPage(page)] as const),
  ])
}

/** The pages that are missing, differ, or belong to nothing. */
const outdated = async (pages: ReadonlyMap<string, string>, out: Workspace): Promise<string[]> => {
  const there = (await glob(out, { pattern: '*.md', includeIgnored: true })).paths
  const differing: string[] = there.filter((name) => !pages.has(name))
  for (const [path, text] of pages)
    if (!there.includes(path) || (await readFile(out, { path })).text !== text) differing.push(path)
  return differing
}

const { values } = parseArgs({
  options: {
    root: { type: 'string' },
    out: { type: 'string' },
    check: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})
if (values.help) {
  console.log('Usage: main.ts [--root folder] [--out folder] [--check]')
  process.exit()
}
const root = resolve(values.root ?? resolve(import.meta.dirname, '../../..'))
const folder = resolve(root, values.out ?? 'docs/api')
mkdirSync(folder, { recursive: true })
// Pages and sources are read whole, however long.
const limits = { resultChars: 4_000_000, entries: 10_000 }
const pages = await pagesOf(createWorkspace({ root, limits }))
const out = createWorkspace({ root: folder, limits })
const broken = brokenLinks(pages, (path) => existsSync(resolve(folder, path)))
for (const { page, target } of broken) console.log(`${page}: the link to ${target} leads nowhere`)
if (values.check) {
  const differing = await outdated(pages, out)
  for (const name of differing) console.log(`${name} is not what the source says: npm run docs:api`)
  const failed = new Set([...differing, ...broken.map(({ page }) => page)])
  console.log(`${[...pages.keys()].filter((name) => !failed.has(name)).length} passed, ${failed.size} failed`)
  process.exitCode = failed.size > 0 ? 1 : 0
} else {
  for (const [path, text] of pages) await writeFile(out, { path, text })
  console.log(`${pages.size} pages in ${folder}`)
  process.exitCode = broken.length > 0 ? 1 : 0
}
