import { join } from 'node:path'
import { converse } from './converse.mjs'
import { findProgram, unpackDebian, unpackedEnvironment } from './programs.mjs'

/** NATS with JetStream. */
export const nats = {
  name: 'nats',
  variable: 'ASHLAR_NATS_URL',
  url: (port) => `nats://127.0.0.1:${port}`,
  async obtain() {
    const installed = findProgram('nats-server')
    if (installed) return { command: installed, env: process.env }
    const folder = await unpackDebian('nats-server')
    return { command: join(folder, 'usr/sbin/nats-server'), env: unpackedEnvironment(folder) }
  },
  prepare: ({ program, folder, port }) => ({
    command: program.command,
    args: ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', folder],
    options: { env: program.env },
  }),
  // The server speaks first.
  isReady: async ({ port }) => (await converse(port, '')).startsWith('INFO'),
}
