import { join } from 'node:path'
import { findProgram, unpackDebian, unpackedEnvironment } from './programs.mjs'
import { converse } from './converse.mjs'

/** Redis without persistence. */
export const redis = {
  name: 'redis',
  variable: 'ASHLAR_REDIS_URL',
  url: (port) => `redis://127.0.0.1:${port}`,
  async obtain() {
    const installed = findProgram('redis-server')
    if (installed) return { command: installed, env: process.env }
    const folder = await unpackDebian('redis-server')
    return { command: join(folder, 'usr/bin/redis-server'), env: unpackedEnvironment(folder) }
  },
  prepare: ({ program, folder, port }) => ({
    command: program.command,
    // Its title in the process list stays the command line, by which it is known again.
    args: [
      '--bind',
      '127.0.0.1',
      '--port',
      String(port),
      '--dir',
      folder,
      '--save',
      '',
      '--set-proc-title',
      'no',
    ],
    options: { env: program.env },
  }),
  isReady: async ({ port }) => (await converse(port, 'PING\r\n')).startsWith('+PONG'),
}
