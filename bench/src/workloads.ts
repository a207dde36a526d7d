/** The text of every whole answer. */
export const answerText = 'The answer is 42, as the tools have shown.'

/** Chunks with text in a streamed answer. */
export const streamChunks = 2000

/** The text of one chunk; all differ, so that a lost or repeated one shows. */
export const chunkText = (index: number): string => ` word${index}`

/** The whole text of a streamed answer. */
export const streamText = (): string =>
  Array.from({ length: streamChunks }, (_, index) => chunkText(index)).join('')

/** One thing that is measured. */
export interface Workload {
  readonly name: string
  readonly title: string
  readonly kind: 'complete' | 'loop' | 'stream'
  /** Rounds with a tool call before the answer. */
  readonly rounds: number
  /** Loops that run at the same time. */
  readonly concurrent: number
  /** Events the upstream writes at once, in a stream. */
  readonly eventsPerPacket: number
  /** Operations before the measurement, and in it, where time allows. */
  readonly warmup: number
  readonly operations: number
  /** At most this multiple of raw fetch. */
  readonly target: number
}

const plain = { rounds: 0, concurrent: 1, eventsPerPacket: 1 }

/** The workloads, in the order of the table. */
export const workloads: readonly Workload[] = [
  {
    ...plain,
    name: 'complete',
    title: 'one completion',
    kind: 'complete',
    warmup: 400,
    operations: 1500,
    target: 0.6,
  },
  {
    ...plain,
    name: 'loop',
    title: 'agent loop, 10 rounds',
    kind: 'loop',
    rounds: 10,
    warmup: 40,
    operations: 150,
    target: 0.6,
  },
  {
    ...plain,
    name: 'stream',
    title: 'stream, 1 event a packet',
    kind: 'stream',
    warmup: 3,
    operations: 8,
    target: 1,
  },
  {
    ...plain,
    name: 'coalesced',
    title: 'stream, 64 events a packet',
    kind: 'stream',
    eventsPerPacket: 64,
    warmup: 20,
    operations: 80,
    target: 1.3,
  },
  {
    ...plain,
    name: 'swarm',
    title: '200 loops of 5 rounds',
    kind: 'loop',
    rounds: 5,
    concurrent: 200,
    warmup: 1,
    operations: 4,
    target: 0.6,
  },
]

/** The workload of that name. @throws Error when there is none */
export const workloadNamed = (name: string): Workload => {
  const workload = workloads.find((each) => each.name === name)
  if (workload) return workload
  throw new Error(`No workload "${name}"; there are ${workloads.map((each) => each.name).join(', ')}`)
}
