import type { Agent, ClientRequest } from 'node:http'
import type { Socket } from 'node:net'

/** How long idle connections are kept. */
export interface KeepAlive {
  /** What the `Keep-Alive` header of an answer on a connection says, if it has one. */
  heard(socket: Socket, header: string | undefined): void
  /** Sees to the connections of an agent. */
  rule(agent: Agent): void
}

/** So long before the end that a server announces, a connection is given up: what is sent then may cross with it. */
const marginMs = 1000

/**
 * Ends connections that are idle for longer than this, or than their server announces. An agent's own `timeout` does
 * that too, but puts a listener on every request, and reads the headers of every answer: a twentieth of the CPU of a short call.
 */
export const createKeepAlive = (keepAliveMs: number): KeepAlive => {
  const announced = new WeakMap<Socket, number>()
  return {
    heard: (socket, header) => {
      const seconds = header && /timeout=(\d+)/i.exec(header)?.[1]
      if (seconds) announced.set(socket, Number(seconds) * 1000 - marginMs)
    },
    rule: (agent) => {
      const { reuseSocket } = agent
      Object.assign(agent, {
        keepSocketAlive: (socket: Socket): boolean => {
          const ms = Math.min(keepAliveMs, announced.get(socket) ?? keepAliveMs)
          if (ms <= 0) return false
          socket.setKeepAlive(true, marginMs).unref()
          // The agent destroys what tells of a timeout while it is idle.
          socket.setTimeout(ms)
          return true
        },
        reuseSocket: (socket: Socket, request: ClientRequest): void => {
          socket.setTimeout(0)
          reuseSocket.call(agent, socket, request)
        },
      })
    },
  }
}
