import { createServer, type Socket } from 'node:net'
import { workloads } from '../workloads.ts'
import { type Answer, answersOf, type WorkloadAnswers } from './answers.ts'
import { onRequests, type Respond, roundOf } from './requests.ts'

// A process of its own: the least HTTP that serves precomputed answers, so that it is never what is measured.
// Answers `count` over IPC with the requests since the last one.

const answers = new Map<string, WorkloadAnswers>(workloads.map((each) => [each.name, answersOf(each)]))
const streamFlag = Buffer.from('"stream":true')
const requestLine = /^POST \/(\w+)\/v1\/chat\/completions HTTP\/1\.1\r\n/
const notFound = Buffer.from('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')

let requests = 0
let refused = 0

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

const respond: Respond = (socket, head, body) => {
  const prepared = answers.get(requestLine.exec(head)?.[1] ?? '')
  const list = body.includes(streamFlag) ? prepared?.streamed : prepared?.whole
  const answer = list?.[roundOf(body)]
  if (!answer) {
    refused += 1
    socket.write(notFound)
    return
  }
  requests += 1
  write(socket, answer)
}

const server = createServer(onRequests(respond))
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
