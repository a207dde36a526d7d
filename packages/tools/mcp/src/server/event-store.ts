import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server'

interface Entry {
  readonly id: string
  readonly stream: string
  readonly message: JSONRPCMessage
  readonly size: number
}

/** Characters of JSON kept of one session. */
const maxSize = 4_000_000

/** The last messages of a session, so that a client whose stream broke off gets what it missed. */
export const createEventStore = (): EventStore => {
  const entries: Entry[] = []
  let size = 0
  let count = 0
  const store: EventStore = {
    storeEvent: async (stream, message) => {
      const entry = { id: `${++count}-${stream}`, stream, message, size: JSON.stringify(message).length }
      entries.push(entry)
      size += entry.size
      while (size > maxSize && entries.length > 1) size -= entries.shift()?.size ?? 0
      return entry.id
    },
    getStreamIdForEventId: async (id) => entries.find((entry) => entry.id === id)?.stream,
    replayEventsAfter: async (last, { send }) => {
      const at = entries.findIndex(({ id }) => id === last)
      const stream = entries[at]?.stream ?? last.slice(last.indexOf('-') + 1)
      for (const entry of entries.slice(at + 1))
        if (entry.stream === stream) await send(entry.id, entry.message)
      return stream
    },
  }
  return store
}
