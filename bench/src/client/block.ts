import * as prompts from '../prompts.ts'
import { answerText, streamText, type Workload, workloadNamed } from '../workloads.ts'
import type { BenchTools, CreateSubject, Subject } from './subject.ts'

/** What the process of one block is told. */
export interface BlockOrder {
  /** The subject's module. */
  readonly module: string
  readonly workload: string
  readonly baseURL: string
  readonly warmup: number
  readonly operations: number
  /** Milliseconds after which the warm-up, and the measurement, take no further operation. */
  readonly maxMs: number
}

/** What it found. */
export interface BlockReport {
  /** All, the warm-up's included. */
  readonly operations: number
  readonly measured: number
  /** CPU time of this process, user and system, in milliseconds an operation. */
  readonly cpuMs: number
  readonly lookups: number
  readonly adds: number
  readonly wrongAnswers: number
  /** Deltas handed on a stream, on average. */
  readonly deltas: number
  /** Of the first operation, in milliseconds: the longest time in which no timer could run. */
  readonly stallMs: number
  /** After the first operation, and after the last, in MB. */
  readonly firstRssMb: number
  readonly lastRssMb: number
}

const rssMb = (): number => process.resourceUsage().maxRSS / 1024
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

const createTools = (): { tools: BenchTools; calls: { lookup: number; add: number } } => {
  const calls = { lookup: 0, add: 0 }
  const tools: BenchTools = {
    lookup: ({ city }) => {
      calls.lookup += 1
      return `${city}: 21 degrees, clear sky`
    },
    add: ({ a, b }) => {
      calls.add += 1
      return a + b
    },
  }
  return { tools, calls }
}

/** The longest gap between two turns of a timer while `work` runs. */
const longestStall = async (work: () => Promise<void>): Promise<number> => {
  let last = performance.now()
  let longest = 0
  const look = (): void => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  const timer = setInterval(look, 1)
  await work()
  look()
  clearInterval(timer)
  return longest
}

/** One operation of a workload; what it got is checked. */
const createOperation = (subject: Subject, { kind, concurrent }: Workload) => {
  const seen = { wrongAnswers: 0, deltas: 0, streams: 0 }
  const wholeText = streamText()
  const check = (text: string, expected: string): void => {
    if (text !== expected) seen.wrongAnswers += 1
  }
  const one = async (): Promise<void> => {
    if (kind !== 'stream')
      return check(await (kind === 'loop' ? subject.loop() : subject.complete()), answerText)
    let text = ''
    await subject.stream((more) => {
      text += more
      seen.deltas += 1
    })
    seen.streams += 1
    check(text, wholeText)
  }
  const all = async (): Promise<void> => {
    await Promise.all(Array.from({ length: concurrent }, one))
  }
  return { seen, run: concurrent === 1 ? one : all }
}

/** Runs `run` that often, or until time is up; returns how often it did. */
const repeat = async (run: () => Promise<void>, times: number, maxMs: number): Promise<number> => {
  const until = performance.now() + maxMs
  let done = 0
  while (done < times && (done === 0 || performance.now() < until)) {
    await run()
    done += 1
  }
  return done
}

const runBlock = async (order: BlockOrder): Promise<BlockReport> => {
  const { tools, calls } = createTools()
  const { create }: { create: CreateSubject } = await import(order.module)
  const subject = await create({ baseURL: order.baseURL, tools, prompts })
  const { seen, run } = createOperation(subject, workloadNamed(order.workload))
  const stallMs = await longestStall(run)
  const firstRssMb = rssMb()
  const warm = order.warmup > 1 ? await repeat(run, order.warmup - 1, order.maxMs) : 0
  const before = cpuMs()
  const measured = await repeat(run, order.operations, order.maxMs)
  const cpu = cpuMs() - before
  return {
    operations: 1 + warm + measured,
    measured,
    cpuMs: cpu / measured,
    lookups: calls.lookup,
    adds: calls.add,
    wrongAnswers: seen.wrongAnswers,
    deltas: seen.streams === 0 ? 0 : seen.deltas / seen.streams,
    stallMs,
    firstRssMb,
    lastRssMb: rssMb(),
  }
}

const report = await runBlock(JSON.parse(process.argv[2] ?? '{}'))
process.stdout.write(`\n@report ${JSON.stringify(report)}\n`, () => process.exit())
