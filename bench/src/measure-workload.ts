import { median } from './median.ts'
import { type Block, type Effort, runBlock } from './run-block.ts'
import { baseline, type SubjectEntry } from './subjects.ts'
import type { Upstream } from './upstream/upstream.ts'
import type { Workload } from './workloads.ts'

/** What one subject needs for one workload. */
export interface Figure {
  readonly subject: SubjectEntry
  readonly workload: Workload
  /** CPU as a multiple of raw fetch, one value a block. */
  readonly ratios: readonly number[]
  /** CPU milliseconds an operation. */
  readonly cpuMs: number
  readonly stallMs: number
  readonly firstRssMb: number
  readonly lastRssMb: number
  readonly deltas: number
  readonly problems: readonly string[]
}

/** Options of `measureWorkload`. */
export interface MeasureOptions {
  readonly subjects: readonly SubjectEntry[]
  readonly upstream: Upstream
  readonly effort: Effort
  readonly repeats: number
  readonly onBlock?: (subject: SubjectEntry, block: Block) => void
}

interface Sample {
  readonly subject: SubjectEntry
  readonly block: Block
  /** CPU milliseconds of fetch just before and just after. */
  readonly fetchMs: number
}

/** Subjects between two blocks of fetch. */
const groupSize = 2

const cpuOf = (block: Block | undefined): number => block?.report?.cpuMs ?? Number.NaN

/** One pass: fetch, two subjects, fetch, two subjects, …, fetch. */
const takePass = async (
  workload: Workload,
  options: MeasureOptions,
  order: readonly SubjectEntry[],
): Promise<{ samples: Sample[]; fetches: Block[] }> => {
  const run = async (subject: SubjectEntry): Promise<Block> => {
    const block = await runBlock(subject, workload, options)
    options.onBlock?.(subject, block)
    return block
  }
  const fetches = [await run(baseline)]
  const samples: Sample[] = []
  for (let start = 0; start < order.length; start += groupSize) {
    const blocks: { subject: SubjectEntry; block: Block }[] = []
    for (const subject of order.slice(start, start + groupSize))
      blocks.push({ subject, block: await run(subject) })
    const before = cpuOf(fetches.at(-1))
    fetches.push(await run(baseline))
    const fetchMs = (before + cpuOf(fetches.at(-1))) / 2
    samples.push(...blocks.map((each) => ({ ...each, fetchMs })))
  }
  return { samples, fetches }
}

const toFigure = (subject: SubjectEntry, workload: Workload, samples: readonly Sample[]): Figure => {
  const reports = samples.flatMap(({ block }) => block.report ?? [])
  const medianOf = (key: 'cpuMs' | 'stallMs' | 'firstRssMb' | 'lastRssMb' | 'deltas'): number =>
    median(reports.map((report) => report[key]))
  return {
    subject,
    workload,
    ratios: samples.map(({ block, fetchMs }) => cpuOf(block) / fetchMs),
    cpuMs: medianOf('cpuMs'),
    stallMs: medianOf('stallMs'),
    firstRssMb: medianOf('firstRssMb'),
    lastRssMb: medianOf('lastRssMb'),
    deltas: medianOf('deltas'),
    problems: [...new Set(samples.flatMap(({ block }) => block.problems))],
  }
}

/** Every other pass goes backwards, so that nobody always runs first. */
const orderOf = (subjects: readonly SubjectEntry[], pass: number): readonly SubjectEntry[] =>
  pass % 2 === 0 ? subjects : subjects.toReversed()

/** Measures a workload for all subjects; the first figure is that of raw fetch itself. */
export const measureWorkload = async (workload: Workload, options: MeasureOptions): Promise<Figure[]> => {
  const samples: Sample[] = []
  for (let pass = 0; pass < options.repeats; pass += 1) {
    const taken = await takePass(workload, options, orderOf(options.subjects, pass))
    samples.push(...taken.samples)
    for (const block of taken.fetches)
      samples.push({ subject: baseline, block, fetchMs: median(taken.fetches.map(cpuOf)) })
  }
  return [baseline, ...options.subjects].map((subject) =>
    toFigure(
      subject,
      workload,
      samples.filter((sample) => sample.subject === subject),
    ),
  )
}
