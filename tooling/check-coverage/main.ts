import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readPackages, root } from '../packages.ts'
import { printReports } from '../report.ts'
import { type FileCoverage, reportCoverage } from './coverage.ts'

// `npm run check:coverage`, after `npm test -- --coverage`: lines run by tests, package by package.
const summary: Record<string, { readonly lines: Omit<FileCoverage, 'path'> }> = JSON.parse(
  readFileSync(join(root, '.ci-out/coverage/coverage-summary.json'), 'utf8'),
)
const files = Object.entries(summary).map(([path, { lines }]) => ({ path, ...lines }))
process.exitCode = printReports(readPackages().map(({ folder }) => reportCoverage(folder, files))) ? 0 : 1
