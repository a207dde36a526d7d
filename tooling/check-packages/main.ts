import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkAgentBundle } from '../check-shape/agent-bundle.ts'
import { runCommand } from '../command.ts'
import { type Package, readPackages, root } from '../packages.ts'
import { printReports, type Report } from '../report.ts'
import { readCatalog } from './consumer.ts'
import { checkImportCost } from './import-cost.ts'
import { checkCoreAlone, checkEntries, checkInstall } from './installs.ts'
import { checkFiles, checkPublint, checkTypesResolve, packAll } from './pack.ts'
import { checkRuntimes } from './runtimes.ts'
import { checkSnippets, importsOf, installedBy, notInstalled, type Snippet, snippetsOf } from './snippets.ts'
import { checkDeclarations, checkInstantiations } from './types.ts'

// `npm run check:packages`: builds and packs every package, then looks at the tarballs and uses them as a user would.
const reports: Report[] = []
const attempt = async (check: string, run: () => Promise<Report | Report[]>): Promise<void> => {
  const startedAt = performance.now()
  const seconds = (): string => `(${((performance.now() - startedAt) / 1000).toFixed(1)} s)`
  try {
    const found = [await run()].flat()
    reports.push(...found.map((report) => ({ ...report, measured: `${report.measured} ${seconds()}` })))
  } catch (error) {
    reports.push({
      check,
      measured: 'not measured',
      findings: [error instanceof Error ? error.message : String(error)],
    })
  }
}

interface Page {
  readonly path: string
  readonly markdown: string
}

const readPages = (): Page[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => path !== '' && !/(^|\/)(CHANGELOG\.md|\.changeset\/)/.test(path))
    .map((path) => ({ path, markdown: readFileSync(join(root, path), 'utf8') }))

/** A package's page must say how to install all that its examples use. */
const checkInstallLines = (packages: readonly Package[], snippets: readonly Snippet[]): Report => ({
  check: 'READMEs install what they use',
  measured: `${packages.length} pages`,
  findings: packages.flatMap((each) => {
    const page = `${each.folder}/README.md`
    const own = snippets.filter((snippet) => snippet.page === page)
    return notInstalled(each, own).map((name) => `${page} uses ${name}, no npm install line has it`)
  }),
})

/** What the snippets use and what the pages say to install, of others, as far as the catalog has it. */
const thirdParties = (pages: readonly Page[], snippets: readonly Snippet[]): string[] => {
  const catalog = readCatalog()
  const named = pages.flatMap(({ markdown }) => installedBy(markdown))
  const used = [...snippets.flatMap(importsOf), ...named].filter((name) => catalog.has(name))
  return [...new Set(['zod', 'typescript', '@types/node', ...used])]
}

const checkBuild = async (): Promise<Report> => {
  const result = await runCommand('turbo', ['run', 'build', '--continue', '--output-logs=errors-only'])
  const errors = result.stdout.split('\n').filter((line) => /error/i.test(line))
  return {
    check: 'packages build',
    measured: /^\s*Tasks:.*$/m.exec(result.stdout)?.[0].trim() ?? '',
    findings: result.code === 0 ? [] : errors.slice(0, 10),
  }
}

const checkAll = async (folder: string): Promise<void> => {
  const packages = readPackages()
  await attempt('packages build', checkBuild)
  const tarballs = await packAll(join(folder, 'tarballs'))
  const pages = readPages()
  const snippets = pages.flatMap(({ path, markdown }) => snippetsOf(path, markdown))
  const consumer = join(folder, 'consumer')
  await attempt('files of the tarballs', async () => checkFiles(tarballs))
  await attempt('publint', () => checkPublint(tarballs))
  await attempt('are the types wrong', () => checkTypesResolve(tarballs))
  await attempt('core installs one package', () => checkCoreAlone(join(folder, 'core-alone'), tarballs))
  await attempt('npm installs the tarballs', () =>
    checkInstall(consumer, tarballs, thirdParties(pages, snippets)),
  )
  await attempt('entries import, commands answer', () => checkEntries(consumer, packages))
  await attempt('declarations compile for users', () => checkDeclarations(consumer, packages))
  await attempt('type instantiations of two tools', () => checkInstantiations(consumer))
  await attempt('a run without Node', () => checkRuntimes(consumer, packages))
  await attempt('agent bundle for a browser', () => checkAgentBundle(consumer))
  await attempt('READMEs install what they use', async () => checkInstallLines(packages, snippets))
  await attempt('snippets', () => checkSnippets(consumer, snippets))
  await attempt('cold import', () => checkImportCost(consumer))
}

const folder = mkdtempSync(join(tmpdir(), 'ashlar-packages-'))
mkdirSync(join(folder, 'tarballs'))
try {
  await attempt('pack and install', async () => {
    await checkAll(folder)
    return []
  })
} finally {
  if (process.env['ASHLAR_KEEP']) console.log(`kept ${folder}`)
  else rmSync(folder, { recursive: true, force: true })
}
process.exitCode = printReports(reports) ? 0 : 1
