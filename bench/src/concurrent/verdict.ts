import type { LoadReport, Sample } from './load.ts'

/** The 99th percentile of the event loop's delay, in milliseconds, stays below it. */
const maxDelayMs = 50
/** Memory may grow by this share of itself over the whole time: what a collection leaves is never the same twice. */
const maxGrowth = 0.05

/** By how many megabytes memory grew from the first sample that counts to the last, along the line of least squares. */
export const growthOf = (samples: readonly Sample[]): number => {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, one) => sum + one, 0) / values.length
  const at = mean(samples.map(({ atMs }) => atMs))
  const heap = mean(samples.map(({ heapMb }) => heapMb))
  const [rise, run] = samples.reduce(
    ([sum, squares], { atMs, heapMb }) => [sum + (atMs - at) * (heapMb - heap), squares + (atMs - at) ** 2],
    [0, 0],
  )
  const span = (samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0)
  return run === 0 ? 0 : (rise / run) * span
}

/** What is left when the caches and pools have filled, in the first sixth. */
export const settled = (samples: readonly Sample[]): readonly Sample[] =>
  samples.slice(Math.floor(samples.length / 6))

/** What is wrong with a load: its delay, its memory. */
export const problemsOf = ({ delay, samples }: Pick<LoadReport, 'delay' | 'samples'>): string[] => {
  const counted = settled(samples)
  const growth = growthOf(counted)
  const heap = counted.reduce((sum, { heapMb }) => sum + heapMb, 0) / counted.length
  return [
    ...(delay.p99 < maxDelayMs ? [] : [`event loop: p99 of ${delay.p99.toFixed(1)} ms`]),
    ...(growth < maxGrowth * heap
      ? []
      : [`memory: ${growth.toFixed(1)} MB more of ${heap.toFixed(1)} in the end`]),
  ]
}
