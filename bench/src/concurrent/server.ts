import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { type Answer, talkativeAnswers } from '../upstream/answers.ts'
import { onRequests, type Respond, roundOf } from '../upstream/requests.ts'
import { eventsPerPacket, firstPacketMs, packetMs, rounds, words } from './load.ts'

// A process of its own: a model's server that takes its time, as real ones do. Answers `count` over IPC with the
// requests since the last one.

const answers = talkativeAnswers({ rounds, words, eventsPerPacket })
const refusal = Buffer.from('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n')
let [requests, refused] = [0, 0]

const write = (socket: Socket, { packets }: Answer, next: number): void => {
  const packet = packets[next]
  if (!packet || socket.destroyed) return
  socket.write(packet)
  setTimeout(write, packetMs, socket, { packets }, next + 1)
}

const respond: Respond = (socket, head, body) => {
  const answer = head.startsWith('POST /v1/chat/completions ') ? answers[roundOf(body)] : undefined
  if (!answer || !body.includes('"stream":true')) {
    refused += 1
    socket.write(refusal)
    return
  }
  requests += 1
  const [least, most] = firstPacketMs
  setTimeout(write, least + Math.random() * (most - least), socket, answer, 0)
}

const server = createServer(onRequests(respond))
server.listen({ port: 0, host: '127.0.0.1', backlog: 2_048 }, () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
})
process.on('message', () => {
  process.send?.({ requests, refused })
  requests = 0
  refused = 0
})
process.on('disconnect', () => process.exit())
