import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

/** Milliseconds between two timers that should fire. */
const intervalMs = 5

/** How late timers are, in milliseconds. */
export interface Delay {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export interface LoopDelay {
  /** Of the time since the last look. */
  look(): Delay
  /** Of all the time. */
  whole(): Delay
  /** The same by the CPU time of this thread: what is left of it when no other process wants the cores. */
  own(): Delay
  /** Work that is not to count. */
  apart(work: () => void): void
  stop(): void
}

const delayOf = (histogram: RecordableHistogram): Delay => ({
  p50: histogram.percentile(50) / 1_000,
  p99: histogram.percentile(99) / 1_000,
  max: histogram.max / 1_000,
})

const threadCpuMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

/** One that was late, and those that should have fired meanwhile; in microseconds, of which a histogram takes 1 or more. */
const recordLate = (histogram: RecordableHistogram, ms: number): void => {
  for (let late = ms; ; late -= intervalMs) {
    histogram.record(Math.max(1, Math.round(late * 1_000)))
    if (late < intervalMs) return
  }
}

/**
 * Measures how late the event loop is. A timer that could not fire counts too, as late as it would have been: to
 * `monitorEventLoopDelay` a loop that was held up for eight seconds was late once.
 */
export const measureLoopDelay = (): LoopDelay => {
  const all = createHistogram()
  const recent = createHistogram()
  const busy = createHistogram()
  let last = performance.now()
  let lastCpu = threadCpuMs()
  const record = (): void => {
    const [now, cpu] = [performance.now(), threadCpuMs()]
    recordLate(recent, now - last - intervalMs)
    recordLate(busy, cpu - lastCpu - intervalMs)
    last = now
    lastCpu = cpu
  }
  const timer = setInterval(record, intervalMs)
  return {
    look: () => {
      all.add(recent)
      const delay = delayOf(recent)
      recent.reset()
      return delay
    },
    whole: () => delayOf(all),
    own: () => delayOf(busy),
    apart: (work) => {
      record()
      work()
      last = performance.now()
      lastCpu = threadCpuMs()
    },
    stop: () => clearInterval(timer),
  }
}
