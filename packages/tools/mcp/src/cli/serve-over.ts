import { Readable, Writable } from 'node:stream'
import { type CommandIo, readStdin, withResource } from '@ashlar/command'
import { InvalidArgument } from '@ashlar/core'
import type { AshlarMcpServer } from '../server/mcp-server.ts'

/** Options of commands that serve. */
export const serveOptions = {
  http: { type: 'boolean', description: 'serve over HTTP on loopback instead of stdio' },
  port: { type: 'string', value: 'port', description: 'with --http (default: a free one)' },
  token: {
    type: 'string',
    value: 'name',
    description: 'with --http: the environment variable with the token that requests must carry',
  },
} as const

/** Values of `serveOptions`. */
export interface ServeValues {
  readonly http: boolean
  readonly port: string | undefined
  readonly token: string | undefined
}

const portOf = (given: string | undefined): number => {
  const port = Number(given ?? 0)
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port
  throw new InvalidArgument('--port', 'a number from 0 to 65535', given)
}

const tokenOf = (name: string | undefined, { env }: CommandIo): { readonly token?: string } => {
  if (name === undefined) return {}
  const token = env[name]
  if (token !== undefined && token !== '') return { token }
  throw new InvalidArgument('--token', 'the name of an environment variable that is set', name)
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

const output = ({ stdout }: CommandIo): Writable =>
  new Writable({
    write: (chunk: Buffer, _, done) => {
      stdout.write(chunk.toString())
      done()
    },
  })

const serveStdio = async (server: Pick<AshlarMcpServer, 'serveStdio'>, io: CommandIo): Promise<void> => {
  const serving = server.serveStdio({ stdin: Readable.from(readStdin(io)), stdout: output(io) })
  await Promise.race([serving.closed, aborted(io.signal)])
  await serving.close()
}

/** Serves until stdin ends (over stdio) or Ctrl-C (over HTTP). */
export const serveOver = async (
  server: Pick<AshlarMcpServer, 'serveStdio' | 'listen'>,
  values: ServeValues,
  io: CommandIo,
): Promise<void> => {
  if (!values.http) return serveStdio(server, io)
  return withResource(
    await server.listen({ port: portOf(values.port), ...tokenOf(values.token, io) }),
    async (listening) => {
      io.stderr.write(`${listening.url}\n`)
      await aborted(io.signal)
    },
  )
}
