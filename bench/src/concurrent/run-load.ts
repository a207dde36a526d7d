import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { startUpstream, type UpstreamCount } from '../upstream/upstream.ts'
import type { LoadOrder, LoadReport } from './load.ts'

/** Runs agents in one process against an upstream in another, and says how it went. */
export const runLoad = async (
  order: Omit<LoadOrder, 'baseURL'>,
): Promise<LoadReport & { readonly upstream: UpstreamCount }> => {
  const upstream = await startUpstream(join(import.meta.dirname, 'server.ts'))
  try {
    const told = JSON.stringify({ ...order, baseURL: `${upstream.origin}/v1` } satisfies LoadOrder)
    const client = fork(join(import.meta.dirname, 'client.ts'), [told], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const [report]: [LoadReport] = await Promise.race([
      once(client, 'message') as Promise<[LoadReport]>,
      once(client, 'exit').then(() => Promise.reject(new Error('The runs ended without a report'))),
    ])
    return { ...report, upstream: await upstream.count() }
  } finally {
    upstream.close()
  }
}
