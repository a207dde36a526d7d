import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Journal } from '../durable/journal.ts'
import { runsPage } from './runs-page.ts'

/** A page that is served. */
export interface ServedRuns {
  readonly url: string
  close(): Promise<void>
}

const forbid = (response: ServerResponse): void => {
  response.writeHead(403, { 'content-type': 'text/plain' }).end('This page is for this machine alone\n')
}

const serve = async (
  handle: (request: Request) => Promise<Response>,
  { request, response, port }: { request: IncomingMessage; response: ServerResponse; port: number },
): Promise<void> => {
  const { host = '', origin } = request.headers
  const own = [`127.0.0.1:${port}`, `localhost:${port}`]
  // Another name that leads here is a page elsewhere that tries to read this one (DNS rebinding).
  if (!own.includes(host) || (origin !== undefined && !own.includes(origin.replace(/^http:\/\//, ''))))
    return forbid(response)
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const { method = 'GET', url = '/' } = request
  const answer = await handle(new Request(new URL(url, `http://${host}`), { method, signal: gone.signal }))
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  if (!answer.body) return void response.end()
  await pipeline(Readable.fromWeb(answer.body), response)
}

/** Serves the page of a journal at 127.0.0.1, to requests for that host alone. */
export const serveRuns = async (
  journal: Journal,
  options: { readonly port: number },
): Promise<ServedRuns> => {
  const handle = runsPage(journal)
  let port = options.port
  const server = createServer((request, response) => {
    serve(handle, { request, response, port }).catch(() => {
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (typeof address === 'object' && address) port = address.port
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
