import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Requests that came since the last count. */
export interface UpstreamCount {
  readonly requests: number
  /** Those that fit no answer. */
  readonly refused: number
}

/** The fake upstream in its own process. */
export interface Upstream {
  readonly origin: string
  /** Counts, and starts again at zero. */
  count(): Promise<UpstreamCount>
  close(): void
}

/** Starts an upstream on a free loopback port: that of the workloads, unless told otherwise. */
export const startUpstream = async (
  module: string = join(import.meta.dirname, 'server.ts'),
): Promise<Upstream> => {
  const child = fork(module, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [{ port }]: [{ port: number }] = await Promise.race([
    once(child, 'message') as Promise<[{ port: number }]>,
    once(child, 'exit').then(() => Promise.reject(new Error('The upstream did not start'))),
  ])
  return {
    origin: `http://127.0.0.1:${port}`,
    count: async () => {
      const answered = once(child, 'message') as Promise<[UpstreamCount]>
      child.send('count')
      return (await answered)[0]
    },
    close: () => child.disconnect(),
  }
}
