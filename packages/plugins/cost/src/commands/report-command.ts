import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Command, type CommandIo, defineCommand, printable, table, withResource } from '@ashlar/command'
import { InvalidArgument } from '@ashlar/core'
import type { Ledger, RecordFilter } from '../ledger.ts'
import { reportSpending, type SpendingLine, type SpendingReport } from '../ledger-report.ts'
import { formatUsd, toUsdString } from '../money.ts'
import { checkTimeZone, timeAt } from '../window.ts'
import { ledgerOption, openLedger } from './open-ledger.ts'
import { parseTime, timeUsage } from './parse-time.ts'
import { toReportPage } from './report-page.ts'

const keys = ['model', 'day', 'project', 'key', 'kind', 'run', 'outcome'] as const

const toJson = ({ cost, reserved, ...line }: SpendingLine): object => ({
  ...line,
  costUsd: toUsdString(cost),
  reservedUsd: toUsdString(reserved),
})

const csvColumns = [
  'calls',
  'failed',
  'inputTokens',
  'cachedInputTokens',
  'outputTokens',
  'costUsd',
  'reservedUsd',
]

/** A spreadsheet takes some texts for formulas. */
const csvText = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const toCsv = ({ lines }: SpendingReport, by: string): string => {
  const rows = lines.map((line) => {
    const values: Record<string, unknown> = { ...toJson(line) }
    return [csvText(line.name), ...csvColumns.map((column) => String(values[column]))]
  })
  return [[by, ...csvColumns], ...rows].map((row) => `${row.join(',')}\n`).join('')
}

const toText = ({ lines, total }: SpendingReport, by: string): string => {
  const row = (line: SpendingLine): string[] => [
    printable(line.name) || '(none)',
    String(line.calls),
    String(line.failed),
    String(line.inputTokens),
    String(line.outputTokens),
    formatUsd(line.cost, { digits: 6 }),
    line.reserved > 0n ? formatUsd(line.reserved, { digits: 6 }) : '',
  ]
  const head = [by, 'calls', 'failed', 'input', 'output', 'cost', 'reserved']
  return table([head, ...lines.map(row), row(total)], { right: [1, 2, 3, 4, 5, 6] })
}

/** What the page has a table of. */
const pageKeys = ['model', 'day', 'project'] as const

const aboutOf = ({ since, until, project, key }: RecordFilter, timeZone: string): string => {
  const parts = [
    since !== undefined && `from ${timeAt(since, timeZone)}`,
    until !== undefined && `until ${timeAt(until, timeZone)}`,
    project !== undefined && `project ${project}`,
    key !== undefined && `key ${key}`,
    `days in ${timeZone}`,
  ]
  return parts.filter((part) => part !== false).join(', ')
}

interface PageOptions {
  readonly filter: RecordFilter
  readonly timeZone: string
  readonly now: number
}

const pageOf = async (ledger: Ledger, { filter, timeZone, now }: PageOptions): Promise<string> => {
  // What is reserved meanwhile is in none of the tables: all are of the same calls.
  const until = Math.min(filter.until ?? Infinity, now)
  const sections = []
  for (const by of pageKeys)
    sections.push({
      by,
      report: await reportSpending(ledger.records({ ...filter, until }), { by, timeZone }),
    })
  return toReportPage(sections, { about: aboutOf(filter, timeZone), madeAt: timeAt(now, timeZone) })
}

const writePage = async (page: string, file: string, io: CommandIo): Promise<void> => {
  if (file === '-') io.stdout.write(page)
  else {
    await writeFile(resolve(io.cwd, file), page)
    io.stderr.write(`Written to ${printable(file)}\n`)
  }
}

/** `ashlar cost report`: what was spent, by model, day, project, key, kind, run or outcome. */
export const reportCommand: Command = defineCommand({
  name: 'ashlar cost report',
  summary: 'What was spent, by model, day, project, key, kind, run or outcome',
  options: {
    by: {
      type: 'string',
      choices: keys,
      default: 'model',
      value: keys.join('|'),
      description: 'One line each',
    },
    since: { type: 'string', value: 'time', description: timeUsage },
    until: { type: 'string', value: 'time', description: 'The same; excluded' },
    project: { type: 'string', value: 'name', description: 'Only this project' },
    key: { type: 'string', value: 'name', description: 'Only this key' },
    'time-zone': { type: 'string', default: 'UTC', value: 'name', description: 'Where days begin' },
    ledger: ledgerOption,
    csv: { type: 'boolean', description: 'Comma separated, dollars exact' },
    json: { type: 'boolean', description: 'JSON, dollars exact' },
    html: {
      type: 'string',
      value: 'file',
      description: 'One page by model, day and project, that loads nothing; - for standard output',
    },
  },
  run: async ({ values }, io) => {
    const { csv, json, html, project, key, 'time-zone': timeZone } = values
    if ([csv, json, html !== undefined].filter(Boolean).length > 1)
      throw new InvalidArgument('arguments', '--csv or --json or --html', 'more than one')
    const by = keys.find((each) => each === values.by) ?? 'model'
    const when = { timeZone: checkTimeZone(timeZone), now: Date.now() }
    const since = values.since === undefined ? undefined : parseTime('--since', values.since, when)
    const until = values.until === undefined ? undefined : parseTime('--until', values.until, when)
    if (since !== undefined && until !== undefined && since >= until)
      throw new InvalidArgument('--since', 'a time before --until', values.since)
    const filter = {
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
      ...(project !== undefined && { project }),
      ...(key !== undefined && { key }),
    }
    return withResource(await openLedger(values.ledger, io), async (ledger) => {
      if (html !== undefined) {
        await writePage(await pageOf(ledger, { ...when, filter }), html, io)
        return undefined
      }
      const report = await reportSpending(ledger.records(filter), { by, timeZone })
      const { lines, total } = report
      if (json) io.stdout.write(`${JSON.stringify({ by, lines: lines.map(toJson), total: toJson(total) })}\n`)
      else io.stdout.write(csv ? toCsv(report, by) : toText(report, by))
    })
  },
})
