import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runNode } from '../command.ts'
import type { Report } from '../report.ts'

/** Milliseconds that importing something takes in a new process. */
export interface Cost {
  readonly wall: number
  readonly cpu: number
}

const probe = `
const cpuAtStart = process.cpuUsage(), startedAt = performance.now()
for (const specifier of process.argv.slice(2)) await import(specifier)
const wall = performance.now() - startedAt, { user, system } = process.cpuUsage(cpuAtStart)
console.log(JSON.stringify({ wall, cpu: (user + system) / 1000 }))
`

const processes = 11

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN

const importOnce = async (consumer: string, specifiers: readonly string[]): Promise<Cost> => {
  const { stdout, stderr, code } = await runNode(['import-probe.mjs', ...specifiers], { cwd: consumer })
  if (code !== 0) throw new Error(`import of ${specifiers.join(' and ')}: ${stderr}`)
  return JSON.parse(stdout)
}

/** Medians over several processes each, taken in turns so that a busy moment hits all alike. */
const measure = async (consumer: string, cases: readonly (readonly string[])[]): Promise<Cost[]> => {
  const costs: Cost[][] = cases.map(() => [])
  for (let count = 0; count < processes; count += 1)
    for (const [index, specifiers] of cases.entries())
      costs[index]?.push(await importOnce(consumer, specifiers))
  return costs.map((each) => ({
    wall: median(each.map(({ wall }) => wall)),
    cpu: median(each.map(({ cpu }) => cpu)),
  }))
}

const ms = (value: number): string => `${value.toFixed(1)} ms`

/** Holds what was measured against the limits: 1.5 × an empty module + 15 ms, and 15 ms of CPU time. */
export const judgeImportCost = (empty: Cost, core: Cost, both: Cost): Report => {
  const limit = 1.5 * empty.wall + 15
  const added = both.cpu - empty.cpu
  return {
    check: 'cold import',
    measured: `core ${ms(core.wall)} of ${ms(limit)}, empty module ${ms(empty.wall)}; core and openai add ${ms(added)} of 15 ms CPU`,
    findings: [
      ...(core.wall > limit ? [`import('@ashlar/core') takes ${ms(core.wall)}, at most ${ms(limit)}`] : []),
      ...(added > 15 ? [`@ashlar/core and @ashlar/openai add ${ms(added)} of CPU, at most 15 ms`] : []),
    ],
  }
}

/** A cold `import('@ashlar/core')` beside that of an empty module, and what core with OpenAI costs in CPU time. */
export const checkImportCost = async (consumer: string, rounds = 3): Promise<Report> => {
  writeFileSync(join(consumer, 'import-probe.mjs'), probe)
  writeFileSync(join(consumer, 'empty.mjs'), 'export {}\n')
  const cases = [['./empty.mjs'], ['@ashlar/core'], ['@ashlar/core', '@ashlar/openai']]
  const [empty, core, both] = await measure(consumer, cases)
  if (!empty || !core || !both) throw new Error('no process was measured')
  const report = judgeImportCost(empty, core, both)
  // Other work on the machine only adds time: one good round is enough.
  return report.findings.length === 0 || rounds === 1 ? report : checkImportCost(consumer, rounds - 1)
}
