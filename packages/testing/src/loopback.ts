import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** An HTTP server on a free port of this machine. */
export interface Loopback {
  readonly url: string
  /** The connections that are open now. */
  readonly sockets: ReadonlySet<Socket>
  /** Destroys every socket and stops listening. */
  close(): Promise<void>
}

export interface LoopbackOptions {
  readonly onRequest: (incoming: IncomingMessage, response: ServerResponse) => Promise<void>
  /** What to do with an answer whose handler threw. */
  readonly onError: (error: unknown, response: ServerResponse) => void
  /** Told whenever a connection has closed. */
  readonly onClose?: () => void
}

/** Clients decide how long they keep a connection; the server is not to surprise them. */
const keepAliveMs = 60_000

/** Starts listening. */
export const listenOnLoopback = async ({
  onRequest,
  onError,
  onClose,
}: LoopbackOptions): Promise<Loopback> => {
  const sockets = new Set<Socket>()
  const http = createServer((incoming, response) => {
    onRequest(incoming, response).catch((error: unknown) => onError(error, response))
  })
  http.keepAliveTimeout = keepAliveMs
  http.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      onClose?.()
    })
  })
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(0, '127.0.0.1', resolve)
  })
  const address = http.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      http.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return { url: `http://127.0.0.1:${port}`, sockets, close }
}
