import { AsyncLocalStorage } from 'node:async_hooks'
import type { JSONRPCMessage, RequestId, Transport } from '@modelcontextprotocol/server'

const idOf = (message: JSONRPCMessage): RequestId | undefined => ('id' in message ? message.id : undefined)

/**
 * What a server asks while it answers a call goes out on the stream of that call. Without this it goes out on the
 * session's own stream, and is lost to a client that has not opened that one yet, or never does. Call it once the
 * transport is connected.
 */
export const askInCall = (transport: Transport): void => {
  const calls = new AsyncLocalStorage<RequestId>()
  const open = new Set<RequestId>()
  const { onmessage, send } = transport
  const inCall: Pick<Transport, 'onmessage' | 'send'> = {
    onmessage: (message, extra) => {
      const id = idOf(message)
      if (id === undefined || !('method' in message)) return onmessage?.(message, extra)
      open.add(id)
      calls.run(id, () => onmessage?.(message, extra))
    },
    send: (message, options) => {
      const id = idOf(message)
      if (id !== undefined && !('method' in message)) open.delete(id)
      const call = options?.relatedRequestId ?? calls.getStore()
      const isAsked = id !== undefined && 'method' in message && call !== undefined && open.has(call)
      return send.call(transport, message, isAsked ? { ...options, relatedRequestId: call } : options)
    },
  }
  Object.assign(transport, inCall)
}
