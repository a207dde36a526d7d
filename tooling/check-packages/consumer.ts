import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { complaint, runCommand } from '../command.ts'
import { root } from '../packages.ts'
import type { Tarball } from './pack.ts'

/** Exact versions by name from the workspace's catalog. */
export const readCatalog = (
  yaml = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'),
): Map<string, string> => {
  const lines = yaml.split(/^catalog:\n/m)[1]?.split('\n') ?? []
  const end = lines.findIndex((line) => line !== '' && !line.startsWith(' '))
  const entries = lines.slice(0, end < 0 ? undefined : end).flatMap((line) => {
    const found = /^ {2}'?(?<name>[^':\s]+)'?: (?<version>\S+)$/.exec(line)?.groups
    return found ? [[found['name'] ?? '', found['version'] ?? ''] as const] : []
  })
  return new Map(entries)
}

/**
 * A project that uses our packages as published: npm, tarballs, nothing of the workspace.
 * @param others further packages, at the catalog's versions
 * @throws Error when npm cannot install it
 */
export const createConsumer = async (
  folder: string,
  tarballs: readonly Tarball[],
  others: readonly string[] = [],
): Promise<void> => {
  mkdirSync(folder, { recursive: true })
  const catalog = readCatalog()
  const own = Object.fromEntries(tarballs.map(({ name, filename }) => [name, `file:${filename}`]))
  const overrides = Object.fromEntries(tarballs.map(({ name }) => [name, `$${name}`]))
  const third = Object.fromEntries(others.map((name) => [name, catalog.get(name) ?? 'latest']))
  const manifest = { private: true, type: 'module', dependencies: { ...own, ...third }, overrides }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  const result = await runCommand('npm', ['install', ...flags], { cwd: folder })
  if (result.code !== 0) throw new Error(complaint('npm install of the tarballs', result))
}
