import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkAgentBundle } from '../../tooling/check-shape/agent-bundle.ts'
import { complaint, runNode } from '../../tooling/command.ts'
import type { Report } from '../../tooling/report.ts'
import { median } from './median.ts'
import { stageFolder } from './stage.ts'

/** What having Ashlar costs before it does anything. */
export interface Footprint {
  /** CPU milliseconds that importing core and openai adds to importing an empty module. */
  readonly importCpuMs: number
  /** MB of memory that it adds. */
  readonly importRssMb: number
  /** The agent bundle for a browser, minified and gzipped; made of the sources, as the shape check does. */
  readonly bundle: Report
}

interface ImportCost {
  readonly cpu: number
  readonly rss: number
}

const probe = (specifiers: readonly string[]): string => `
const { user, system } = process.cpuUsage()
${specifiers.map((specifier) => `await import(${JSON.stringify(specifier)})`).join('\n')}
const used = process.cpuUsage()
console.log(JSON.stringify({ cpu: (used.user + used.system - user - system) / 1000, rss: process.memoryUsage.rss() / 2 ** 20 }))
`

const importOnce = async (specifiers: readonly string[]): Promise<ImportCost> => {
  const args = ['--input-type=module', '--eval', probe(specifiers)]
  const result = await runNode(args, { cwd: stageFolder, timeoutMs: 30_000 })
  if (result.code !== 0) throw new Error(complaint('import', result))
  return JSON.parse(result.stdout)
}

/** Medians over new processes, both cases in turns. */
export const measureFootprint = async (processes: number): Promise<Footprint> => {
  const empty: ImportCost[] = []
  const ours: ImportCost[] = []
  for (let count = 0; count < processes; count += 1) {
    empty.push(await importOnce([pathToFileURL(join(stageFolder, 'empty.mjs')).href]))
    ours.push(await importOnce(['@ashlar/core', '@ashlar/openai']))
  }
  const added = (key: keyof ImportCost): number =>
    median(ours.map((cost) => cost[key])) - median(empty.map((cost) => cost[key]))
  const bundle = await checkAgentBundle()
  return { importCpuMs: added('cpu'), importRssMb: added('rss'), bundle }
}
