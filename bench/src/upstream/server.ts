import { createServer, type Socket } from 'node:net'
import { workloads } from '../workloads.ts'
import { type Answer, answersOf, type WorkloadAnswers } from './answers.ts'

// A process of its own: the least HTTP that serves precomputed answers, so that it is never what is measured.
// Answers `count` over IPC with the requests since the last one.

const answers = new Map<string, WorkloadAnswers>(workloads.map((each) => [each.name, answersOf(each)]))
const toolResult = Buffer.from('"role":"tool"')
const streamFlag = Buffer.from('"stream":true')
const headEnd = Buffer.from('\r\n\r\n')
const requestLine = /^POST \/(\w+)\/v1\/chat\/completions HTTP\/1\.1\r\n/
const contentLength = /\r\ncontent-length: *(\d+)/i
const notFound = Buffer.from('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')

let requests = 0
let refused = 0

const occurrences = (body: Buffer, needle: Buffer): number => {
  let count = 0
  for (let at = body.indexOf(needle); at >= 0; at = body.indexOf(needle, at + needle.length)) count += 1
  return count
}

const cell = new Int32Array(new SharedArrayBuffer(4))
/** Sleeps about 90 µs without a busy loop, so that the reader takes every packet by itself. */
const pause = (): void => void Atomics.wait(cell, 0, 0, 0.02)

const write = (socket: Socket, { packets }: Answer): void => {
  const paced = packets.length > 4
  for (const packet of packets) {
    socket.write(packet)
    if (paced) pause()
  }
}

const respond = (socket: Socket, head: string, body: Buffer): void => {
  const prepared = answers.get(requestLine.exec(head)?.[1] ?? '')
  const list = body.includes(streamFlag) ? prepared?.streamed : prepared?.whole
  const answer = list?.[occurrences(body, toolResult)]
  if (!answer) {
    refused += 1
    socket.write(notFound)
    return
  }
  requests += 1
  write(socket, answer)
}

const serve = (socket: Socket): void => {
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

const server = createServer(serve)
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
})
process.on('message', () => {
  process.send?.({ requests, refused })
  requests = 0
  refused = 0
})
process.on('disconnect', () => process.exit())
