import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { complaint, mapParallel, runCommand, runNode } from '../command.ts'
import type { Report } from '../report.ts'

/** A package as it would be published. */
export interface Tarball {
  readonly name: string
  readonly version: string
  /** The file's path. */
  readonly filename: string
  /** Bytes, gzipped. */
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

/** Packs every package into `folder`. @throws Error when pnpm cannot */
export const packAll = async (folder: string): Promise<Tarball[]> => {
  const args = ['--recursive', '--filter', './packages/**', 'pack', '--pack-destination', folder, '--json']
  const result = await runCommand('pnpm', args)
  if (result.code !== 0) throw new Error(complaint('pnpm pack', result))
  const tarballs: Tarball[] = JSON.parse(result.stdout)
  return tarballs.toSorted((a, b) => a.name.localeCompare(b.name))
}

const needed = ['package.json', 'LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts']
const allowed = /^(package\.json|LICENSE|README\.md|CHANGELOG\.md|dist\/.+)$/

/** Problems with the files of a tarball: something missing, or something nobody asked for. */
export const fileProblems = (paths: readonly string[]): string[] => [
  ...needed.filter((path) => !paths.includes(path)).map((path) => `lacks ${path}`),
  ...paths.filter((path) => !allowed.test(path)).map((path) => `holds ${path}`),
  ...paths.filter((path) => /\.test(-d)?\./.test(path)).map((path) => `holds the test ${path}`),
]

/** What is in the tarballs, and what they weigh. */
export const checkFiles = (tarballs: readonly Tarball[]): Report => ({
  check: 'files of the tarballs',
  measured: tarballs
    .map(({ name, size }) => `${name.split('/')[1]} ${(size / 1000).toFixed(1)} kB`)
    .join(', '),
  findings: tarballs.flatMap(({ name, files }) =>
    fileProblems(files.map(({ path }) => path)).map((problem) => `${name} ${problem}`),
  ),
})

const lint = async ({ name, filename }: Tarball): Promise<string[]> => {
  const { buffer, byteOffset, byteLength } = readFileSync(filename)
  const tarball = buffer.slice(byteOffset, byteOffset + byteLength)
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true })
  return messages.map((message) => `${name}: ${formatMessage(message, pkg) ?? message.code}`)
}

/** publint in its strict mode. */
export const checkPublint = async (tarballs: readonly Tarball[]): Promise<Report> => ({
  check: 'publint',
  measured: `${tarballs.length} tarballs`,
  findings: (await mapParallel(tarballs, lint)).flat(),
})

const attw = (): string => {
  const manifest = createRequire(import.meta.url).resolve('@arethetypeswrong/cli/package.json')
  return join(dirname(manifest), 'dist/index.js')
}

/** Are the types wrong? For every way to resolve an ES module. */
export const checkTypesResolve = async (tarballs: readonly Tarball[]): Promise<Report> => {
  const flags = ['--profile', 'esm-only', '--format', 'ascii', '--no-emoji', '--no-color']
  const results = await mapParallel(tarballs, ({ filename }) => runNode([attw(), ...flags, filename]))
  return {
    check: 'are the types wrong',
    measured: `${tarballs.length} tarballs`,
    findings: results.flatMap((result, index) =>
      result.code === 0 ? [] : [complaint(basename(tarballs[index]?.filename ?? ''), result)],
    ),
  }
}
