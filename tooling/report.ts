/** The outcome of one check: it passes when there is nothing to find. */
export interface Report {
  readonly check: string
  /** What was measured, in a few words. */
  readonly measured: string
  readonly findings: readonly string[]
}

/** Prints the reports as a table with what was found under each, and the closing line; true when all passed. */
export const printReports = (reports: readonly Report[]): boolean => {
  const width = Math.max(...reports.map(({ check }) => check.length))
  for (const { check, measured, findings } of reports) {
    console.log(`${findings.length === 0 ? '  ok  ' : '  FAIL'} ${check.padEnd(width)}  ${measured}`)
    for (const finding of findings) console.log(`         - ${finding}`)
  }
  const failed = reports.filter(({ findings }) => findings.length > 0).length
  console.log(`\n${reports.length - failed} passed, ${failed} failed`)
  return failed === 0
}
