import { chunkText } from '../workloads.ts'
import type { Delay } from './loop-delay.ts'

/** Rounds with a tool call in every run, before its answer. */
export const rounds = 3
/** Chunks of text in every answer, and how many come at once. */
export const words = 30
export const eventsPerPacket = 3
/** Milliseconds to the first packet, at least and at most, and from each packet to the next. */
export const firstPacketMs: readonly [number, number] = [300, 1_300]
export const packetMs = 100
/** What every run answers. */
export const answer: string = Array.from({ length: words }, (_, index) => chunkText(index)).join('')

/** What the process with the runs is told. */
export interface LoadOrder {
  readonly baseURL: string
  /** Runs at once, over all graphs. */
  readonly concurrency: number
  /** Graphs at once. */
  readonly graphs: number
  /** Tasks of a graph, as a multiple of its share of the runs. */
  readonly generations: number
  readonly durationMs: number
  /** Between two looks at the memory. */
  readonly sampleMs: number
  /** Goes on, whatever the time, until so many have ended. */
  readonly leastRuns: number
  /** Something that must be found: a tool that keeps what it is given, or one that blocks. */
  readonly fault?: 'leak' | 'stall'
}

export interface Sample {
  /** Since the beginning. */
  readonly atMs: number
  /** After a full collection; buffers outside of the heap are in it. */
  readonly heapMb: number
  readonly rssMb: number
  /** Of the event loop since the sample before. */
  readonly delay: Delay
}

export interface LoadReport {
  readonly samples: readonly Sample[]
  /** Of the event loop, all the time. */
  readonly delay: Delay
  /** What `monitorEventLoopDelay` makes of the same, to which a long stall is one of many samples. */
  readonly monitoredP99: number
  /** By the CPU time of the runs alone, for a machine that has other work. */
  readonly ownDelay: Delay
  readonly runs: number
  readonly graphs: number
  /** Runs that gave something else than `answer`. */
  readonly wrong: number
  readonly toolCalls: number
  /** Text deltas that the listener of the runs was told. */
  readonly deltas: number
  /** Runs under way, on average and at most, once all had begun. */
  readonly active: { readonly mean: number; readonly max: number }
  /** How long the runs that were under way at the end took to stop, and how many were left then. */
  readonly cancel: { readonly ms: number; readonly runs: number; readonly left: number }
  /** Of one core. */
  readonly cpuShare: number
  /** Time in which the loop was ready and other processes had the cores, where Linux tells; else 0. */
  readonly starvedShare: number
}
