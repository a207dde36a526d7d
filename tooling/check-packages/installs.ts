import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { complaint, runCommand } from '../command.ts'
import type { Package } from '../packages.ts'
import type { Report } from '../report.ts'
import { createConsumer } from './consumer.ts'
import type { Tarball } from './pack.ts'

const installedIn = (folder: string): string[] => {
  const lock: { packages: Record<string, unknown> } = JSON.parse(
    readFileSync(join(folder, 'package-lock.json'), 'utf8'),
  )
  return Object.keys(lock.packages).filter((path) => path !== '')
}

/** Core by itself is one package: it has no dependencies. */
export const checkCoreAlone = async (folder: string, tarballs: readonly Tarball[]): Promise<Report> => {
  await createConsumer(
    folder,
    tarballs.filter(({ name }) => name === '@ashlar/core'),
  )
  const installed = installedIn(folder)
  return {
    check: 'core installs one package',
    measured: `${installed.length} of 1`,
    findings: installed.length === 1 ? [] : [`installs ${installed.join(', ')}`],
  }
}

/** Every entry of every package can be imported by Node, and every command says its version. */
export const checkEntries = async (consumer: string, packages: readonly Package[]): Promise<Report> => {
  const findings: string[] = []
  const entries = packages.flatMap(({ name, manifest }) =>
    Object.keys(manifest.exports ?? {}).map((subpath) => name + subpath.slice(1)),
  )
  for (const entry of entries) {
    const options = entry.endsWith('.json') ? `, { with: { type: 'json' } }` : ''
    const script = `await import('${entry}'${options})`
    const result = await runCommand('node', ['--input-type=module', '--eval', script], { cwd: consumer })
    if (result.code !== 0 || result.stdout + result.stderr !== '') findings.push(complaint(entry, result))
  }
  const commands = packages.flatMap(({ manifest }) =>
    Object.keys(manifest.bin ?? {}).map((command) => ({ command, version: manifest.version ?? '' })),
  )
  for (const { command, version } of commands) {
    const file = join(consumer, 'node_modules/.bin', command)
    const result = await runCommand(file, ['--version'], { cwd: consumer })
    if (result.code !== 0 || !result.stdout.includes(version))
      findings.push(complaint(`${command} --version`, result))
  }
  return {
    check: 'entries import, commands answer',
    measured: `${entries.length} entries, ${commands.length} commands`,
    findings,
  }
}

/** All packages installed together, with what the snippets use beside them. */
export const checkInstall = async (
  consumer: string,
  tarballs: readonly Tarball[],
  others: readonly string[],
): Promise<Report> => {
  await createConsumer(consumer, tarballs, others)
  const own = new Set(tarballs.map(({ name }) => `node_modules/${name}`))
  const nested = installedIn(consumer).filter((path) => path.includes('@ashlar/') && !own.has(path))
  return {
    check: 'npm installs the tarballs',
    measured: `${tarballs.length} tarballs, ${installedIn(consumer).length} packages in all`,
    findings: nested.map((path) => `${path} is a second copy`),
  }
}
