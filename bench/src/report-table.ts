import { cpus } from 'node:os'
import type { Footprint } from './footprint.ts'
import type { Figure } from './measure-workload.ts'
import { median } from './median.ts'
import { baseline, type SubjectEntry } from './subjects.ts'
import { type Workload, workloads } from './workloads.ts'

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')

const number = (value: number, digits: number): string => (Number.isNaN(value) ? '–' : value.toFixed(digits))

const multipleOf = (figure: Figure | undefined): string => {
  if (!figure) return '–'
  const value = number(median(figure.ratios), 2)
  return figure.problems.length > 0 ? `${value} (wrong, see below)` : value
}

const find = (figures: readonly Figure[], subject: SubjectEntry, name: string): Figure | undefined =>
  figures.find((figure) => figure.subject === subject && figure.workload.name === name)

const subjectRow = (
  figures: readonly Figure[],
  subject: SubjectEntry,
  shown: readonly Workload[],
): string[] => {
  const swarm = find(figures, subject, 'swarm')
  return [
    subject.title,
    ...shown.map(({ name }) => {
      const figure = find(figures, subject, name)
      return subject === baseline && figure ? `1 (${number(figure.cpuMs, 2)} ms)` : multipleOf(figure)
    }),
    swarm ? `${number(swarm.firstRssMb, 0)} / ${number(swarm.lastRssMb, 0)}` : '–',
    swarm ? number(swarm.stallMs, 0) : '–',
  ]
}

/** The machine, as far as it matters to the figures. */
export const machineLine = (): string =>
  `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`

/** The comparison: CPU as multiples of raw fetch. */
export const comparisonTable = (figures: readonly Figure[]): string => {
  const shown = workloads.filter(({ name }) => figures.some((figure) => figure.workload.name === name))
  const subjects = [...new Set(figures.map(({ subject }) => subject))]
  const head = ['CPU × raw fetch', ...shown.map(({ title }) => title), 'RSS MB, first / last', 'stall ms']
  return table(
    head,
    subjects.map((subject) => subjectRow(figures, subject, shown)),
  )
}

interface Held {
  readonly what: string
  readonly target: number
  readonly found: number
  readonly digits: number
}

const heldTo = (figures: readonly Figure[], footprint: Footprint | undefined): Held[] => {
  const swarm = figures.find(({ workload }) => workload.name === 'swarm')
  return [
    ...figures.map(({ workload, ratios }) => ({
      what: `${workload.title}, × raw fetch`,
      target: workload.target,
      found: median(ratios),
      digits: 2,
    })),
    ...(swarm
      ? [
          { what: 'peak RSS of the first 200 loops, MB', target: 90, found: swarm.firstRssMb, digits: 0 },
          { what: 'longest stall in the first 200 loops, ms', target: 100, found: swarm.stallMs, digits: 0 },
        ]
      : []),
    ...(footprint
      ? [
          {
            what: 'import of core + openai, ms CPU added',
            target: 15,
            found: footprint.importCpuMs,
            digits: 1,
          },
        ]
      : []),
  ]
}

/** What Ashlar is held to. */
export const targetTable = (figures: readonly Figure[], footprint: Footprint | undefined): string => {
  const ours = figures.filter(({ subject }) => subject.name === 'ashlar')
  const verdict = (met: boolean): string => (met ? 'met' : 'missed')
  const rows = heldTo(ours, footprint).map(({ what, target, found, digits }) => [
    what,
    String(target),
    number(found, digits),
    verdict(found <= target),
  ])
  if (footprint) {
    const { check, measured, findings } = footprint.bundle
    rows.push([check, '', measured, verdict(findings.length === 0)])
  }
  return table(['Target', 'at most', 'measured', ''], rows)
}

/** One line for each figure that does not count. */
export const problemLines = (figures: readonly Figure[]): string[] =>
  figures.flatMap(({ subject, workload, problems }) =>
    problems.map((problem) => `- ${subject.name}, ${workload.name}: ${problem}`),
  )
