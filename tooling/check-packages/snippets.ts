import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { complaint, mapParallel, runCommand, runNode } from '../command.ts'
import { type Package, splitSpecifier } from '../packages.ts'
import type { Report } from '../report.ts'
import { parseSource } from '../check-shape/source-file.ts'

/** A piece of TypeScript in a Markdown page. */
export interface Snippet {
  /** The page, from the root. */
  readonly page: string
  /** The line of its fence. */
  readonly line: number
  readonly code: string
  /** Marked `no-run`: only type-checked. */
  readonly runs: boolean
}

const fence = /^(?<indent> *)```(?<language>ts|typescript)\b(?<info>[^\n]*)\n(?<code>[\s\S]*?)^ *```/gm

/** Every TypeScript fence of a page. */
export const snippetsOf = (page: string, markdown: string): Snippet[] =>
  [...markdown.matchAll(fence)].map(({ index, groups = {} }) => ({
    page,
    line: markdown.slice(0, index).split('\n').length,
    code: groups['code'] ?? '',
    runs: !/\bno-run\b/.test(groups['info'] ?? ''),
  }))

/** Names of the packages a snippet imports; Node's own modules left out. */
export const importsOf = ({ page, line, code }: Snippet): string[] =>
  parseSource(`${page}-${line}.ts`, code)
    .imports.filter((specifier) => !/^(node:|\.)/.test(specifier))
    .map((specifier) => splitSpecifier(specifier)[0])

/** Names in the `npm install` lines of a page. */
export const installedBy = (markdown: string): string[] =>
  [...markdown.matchAll(/npm (?:install|i) (?<names>[^`\n]+)/g)].flatMap(
    ({ groups }) => groups?.['names']?.split(/\s+/) ?? [],
  )

/** Packages that a package's page uses though neither the package nor an `npm install` line of the page brings them. */
export const notInstalled = (
  { name, manifest, readme = '' }: Package,
  snippets: readonly Snippet[],
): string[] => {
  const named = installedBy(readme)
  const brought = [name, ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })]
  return [...new Set(snippets.flatMap(importsOf))].filter((used) => ![...named, ...brought].includes(used))
}

const placeOf = ({ page, line }: Snippet): string => `${page}:${line}`
const fileOf = (snippet: Snippet): string => `${placeOf(snippet).replaceAll(/[^\w]+/g, '-')}.ts`

const compilerOptions = {
  target: 'es2023',
  lib: ['esnext'],
  module: 'nodenext',
  types: ['node'],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  moduleDetection: 'force',
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
}

/** Without keys, so that a snippet that needs one fails. */
const keyless = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/API_KEY|TOKEN|^ASHLAR_/.test(name)))

/** Type-checks every snippet in a folder where the packages are installed, and runs those that are meant to. */
export const checkSnippets = async (consumer: string, snippets: readonly Snippet[]): Promise<Report[]> => {
  const folder = join(consumer, 'snippets')
  mkdirSync(folder, { recursive: true })
  for (const snippet of snippets) writeFileSync(join(folder, fileOf(snippet)), snippet.code)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  const tsc = await runCommand('tsc', ['-p', folder, '--pretty', 'false'], { cwd: folder })
  const errors = tsc.code === 0 ? [] : tsc.stdout.split('\n').filter((line) => line.includes('error TS'))
  const named = errors.map((error) => {
    const snippet = snippets.find((each) => error.includes(fileOf(each)))
    return snippet
      ? error.replace(/^.*?\((\d+),\d+\)/, (_, line) => `${snippet.page}:${snippet.line + Number(line)}`)
      : error
  })
  const runnable = snippets.filter(({ runs }) => runs)
  const results = await mapParallel(runnable, async (snippet) => {
    const cwd = join(folder, `${fileOf(snippet)}.run`)
    mkdirSync(cwd, { recursive: true })
    return runNode([join(folder, fileOf(snippet))], { cwd, env: keyless(), timeoutMs: 60_000 })
  })
  return [
    { check: 'snippets compile', measured: `${snippets.length} snippets`, findings: named },
    {
      check: 'snippets run',
      measured: `${runnable.length} snippets`,
      findings: results.flatMap((result, index) => {
        const snippet = runnable[index]
        return result.code === 0 || !snippet ? [] : [complaint(placeOf(snippet), result)]
      }),
    },
  ]
}
