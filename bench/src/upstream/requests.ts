import type { Socket } from 'node:net'

/** Answers one request; its head is that of a POST. */
export type Respond = (socket: Socket, head: string, body: Buffer) => void

const toolResult = Buffer.from('"role":"tool"')
const headEnd = Buffer.from('\r\n\r\n')
const contentLength = /\r\ncontent-length: *(\d+)/i

/** How often the tools were called so far: the results in the body of a request. */
export const roundOf = (body: Buffer): number => {
  let count = 0
  for (let at = body.indexOf(toolResult); at >= 0; at = body.indexOf(toolResult, at + toolResult.length))
    count += 1
  return count
}

/** The least HTTP that there can be: cuts what comes into requests. */
export const onRequests =
  (respond: Respond) =>
  (socket: Socket): void => {
    let waiting: Buffer = Buffer.alloc(0)
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => {
      waiting = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes])
      for (;;) {
        const end = waiting.indexOf(headEnd)
        if (end < 0) return
        const head = waiting.toString('latin1', 0, end)
        const bodyStart = end + headEnd.length
        const bodyEnd = bodyStart + Number(contentLength.exec(head)?.[1] ?? 0)
        if (waiting.length < bodyEnd) return
        respond(socket, head, waiting.subarray(bodyStart, bodyEnd))
        waiting = waiting.subarray(bodyEnd)
      }
    })
  }
