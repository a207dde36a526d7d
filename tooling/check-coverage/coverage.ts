import type { Report } from '../report.ts'

/** Of a file, as vitest's `json-summary` says it. */
export interface FileCoverage {
  readonly path: string
  readonly total: number
  readonly covered: number
}

/** The least share of lines that a package's own tests, or those of others, must run. */
const leastPercent = 85

/** Lines of one package that tests run. A package without lines to cover fails: nothing was measured. */
export const reportCoverage = (folder: string, files: readonly FileCoverage[]): Report => {
  const own = files.filter(({ path }) => path.replaceAll('\\', '/').includes(`${folder}/src/`))
  const total = own.reduce((sum, file) => sum + file.total, 0)
  const percent = (100 * own.reduce((sum, file) => sum + file.covered, 0)) / total
  const weakest = own
    .map((file) => ({ name: file.path.split(/[\\/]src[\\/]/)[1] ?? '', missing: file.total - file.covered }))
    .filter(({ missing }) => missing > 0)
    .toSorted((a, b) => b.missing - a.missing)
    .slice(0, 5)
    .map(({ name, missing }) => `${name} lacks ${missing}`)
  return {
    check: folder,
    measured: total === 0 ? 'no lines measured' : `${percent.toFixed(1)} % of ${total} lines`,
    findings: percent >= leastPercent ? [] : [`below ${leastPercent} %: ${weakest.join(', ')}`],
  }
}
