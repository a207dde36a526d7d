import type { Server, Socket } from 'node:net'
import { expect } from 'vitest'
import type { HttpClient } from './http.ts'

/** What a test has opened, and ends with it. */
export class Opened {
  readonly servers: Server[] = []
  readonly sockets: Set<Socket> = new Set()
  readonly clients: HttpClient[] = []
  async close(): Promise<void> {
    for (const own of this.clients.splice(0)) own.close()
    for (const socket of this.sockets) socket.destroy()
    this.sockets.clear()
    for (const server of this.servers.splice(0)) await new Promise((resolve) => server.close(resolve))
  }
}

/** What a call fails with. */
export const failure = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (value) => expect.unreachable(`the call should fail, not give ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  )

/** Waits for it, for 5 s at most. */
export const until = async (condition: () => boolean): Promise<void> => {
  for (const end = Date.now() + 5000; !condition();) {
    if (Date.now() > end) throw new Error(`never true: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
