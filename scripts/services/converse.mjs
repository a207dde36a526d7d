import { createConnection } from 'node:net'

/** Sends `words` to a port of this machine; resolves to the first bytes of the answer, or '' where none came. */
export const converse = (port, words, timeout = 1000) =>
  new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1', timeout })
    const end = (answer) => {
      socket.destroy()
      resolve(answer)
    }
    socket
      .once('connect', () => words && socket.write(words))
      .once('data', (bytes) => end(bytes.toString('latin1')))
      .once('error', () => end(''))
      .once('timeout', () => end(''))
      .once('close', () => end(''))
  })
