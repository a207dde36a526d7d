import type { ChildProcess } from 'node:child_process'
import { isObject } from '@ashlar/core'
import { type JSONRPCMessage, parseJSONRPCMessage, type Transport } from '@modelcontextprotocol/client'
import spawn from 'cross-spawn'
import { tooLarge } from './answer-error.ts'
import { createLineSplitter, type LongLine } from './line-splitter.ts'
import { McpError } from './mcp-error.ts'
import { stopChild } from './stop-child.ts'

export interface StdioTransportOptions {
  /** The name of the server, for errors. */
  readonly server: string
  readonly command: string
  readonly args?: readonly string[] | undefined
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string | undefined
  /** A longer message is answered with an error in its place. */
  readonly maxMessageBytes: number
  /** How long the server may take to end by itself, and again after SIGTERM. */
  readonly graceMs: number
  /** What the server writes to its stderr. */
  readonly onStderr: (text: string) => void
}

/** Bytes that are no message before the connection is given up. */
const maxNoiseBytes = 16 * 1024 * 1024
/** How often a message may be over the limit before its end is no longer waited for. */
const maxOversize = 4
/** What is still in the pipe when the process has ended gets this long to be read. */
const drainMs = 250

const opensMessage = (line: Buffer): boolean => /^\s*\{/.test(line.toString('latin1', 0, 64))

/** The id of a message too long to be parsed; it stands at its very beginning or its very end. */
const idOf = ({ head, tail }: LongLine): number | undefined => {
  const found =
    /^\s*\{\s*"jsonrpc"\s*:\s*"2\.0"\s*,\s*"id"\s*:\s*(?<id>\d+)/.exec(head.toString('latin1')) ??
    /"id"\s*:\s*(?<id>\d+)\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/.exec(tail.toString('latin1'))
  return found?.groups?.['id'] === undefined ? undefined : Number(found.groups['id'])
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MiB`

/**
 * A server as a child process, one JSON-RPC message a line. Beyond what the SDK's own transport does: lines are read
 * in linear time, what is no message is passed over, an answer that is too long becomes an error of its call, the
 * end of the process ends the connection even when a grandchild keeps the pipe open, and a server without calls under
 * way does not keep this process alive.
 */
export class StdioTransport implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: Transport['onmessage']
  /** The SDK tells transports over stdio by this property and `pid`. */
  readonly stderr: null = null
  readonly #options: StdioTransportOptions
  readonly #waiting = new Set<string | number>()
  #child: ChildProcess | undefined
  #noise = 0
  #delivered: Promise<unknown> = Promise.resolve()
  #isClosed = false
  #failure: McpError | undefined
  constructor(options: StdioTransportOptions) {
    this.#options = options
  }
  get pid(): number | null {
    return this.#child?.pid ?? null
  }
  /** Why the connection ended, when it was not us who closed it. */
  get failure(): McpError | undefined {
    return this.#failure
  }

  start(): Promise<void> {
    const { server, command, args = [], env, cwd, onStderr } = this.#options
    return new Promise((resolve, reject) => {
      const child = spawn(command, [...args], {
        env: { ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
        windowsHide: true,
        // Its own process group: what a launcher such as npx starts ends with it, and Ctrl-C is ours to handle.
        detached: process.platform !== 'win32',
        ...(cwd !== undefined && { cwd }),
      })
      this.#child = child
      child.once('spawn', () => {
        this.#updateRef()
        resolve()
      })
      child.on('error', (cause: NodeJS.ErrnoException) => {
        const why =
          cause.code === 'ENOENT'
            ? `there is no command "${command}"; install it or correct it`
            : cause.message
        const error = new McpError(
          { code: 'cannot-start', server, message: `${server}: cannot start: ${why}` },
          { cause },
        )
        this.#end(error)
        reject(error)
      })
      child.once('exit', (code, signal) => {
        const how = signal === null ? `exit code ${code}` : signal
        const error = new McpError({
          code: 'closed',
          server,
          message: `${server}: the server ended (${how})`,
        })
        const timer = setTimeout(() => {
          this.#end(error)
          // A grandchild holds them open.
          child.stdout?.destroy()
          child.stderr?.destroy()
        }, drainMs)
        child.once('close', () => {
          clearTimeout(timer)
          this.#end(error)
        })
      })
      this.#listen(child)
      child.stderr?.on('data', (chunk: Buffer) => onStderr(chunk.toString()))
    })
  }

  #listen(child: ChildProcess): void {
    const splitter = createLineSplitter({
      maxBytes: this.#options.maxMessageBytes,
      onLine: (line) => this.#read(line),
      onLongLine: (line) => this.#refuse(line),
    })
    child.stdout?.on('data', (chunk: Buffer) => {
      if (this.#isClosed) return
      splitter.push(chunk)
      const { bytes, head } = splitter.open
      const isMessage = opensMessage(head)
      const tooMuch = isMessage
        ? bytes > maxOversize * this.#options.maxMessageBytes
        : this.#noise + bytes > maxNoiseBytes
      if (tooMuch) this.#giveUp(isMessage ? bytes : this.#noise + bytes)
    })
    child.stdin?.on('error', (error) => this.onerror?.(error))
    child.stdout?.on('error', (error) => this.onerror?.(error))
  }

  #giveUp(bytes: number): void {
    const { server } = this.#options
    const message = `${server}: gave up after ${megabytes(bytes)} on stdout without a message; is it an MCP server?`
    this.#end(new McpError({ code: 'flooded', server, message }))
    void this.close()
  }

  #read(line: Buffer): void {
    if (this.#isClosed) return
    const message = opensMessage(line) ? this.#parse(line) : undefined
    if (!message) {
      this.#noise += line.length
      return
    }
    this.#noise = 0
    if ('id' in message && !('method' in message) && message.id !== undefined) this.#settle(message.id)
    this.#deliver(message)
  }

  #parse(line: Buffer): JSONRPCMessage | undefined {
    try {
      return parseJSONRPCMessage(JSON.parse(line.toString()))
    } catch (cause) {
      this.onerror?.(new Error('a line that looks like a message is none', { cause }))
      return undefined
    }
  }

  #refuse(line: LongLine): void {
    const id = opensMessage(line.head) ? idOf(line) : undefined
    if (id === undefined || !this.#waiting.has(id)) {
      this.#noise += line.bytes
      return
    }
    this.#settle(id)
    this.#deliver({ jsonrpc: '2.0', id, error: tooLarge(this.#options.maxMessageBytes) })
  }

  /** One after the other: the SDK looks at a notification a moment later, by when an answer would have ended its call. */
  #deliver(message: JSONRPCMessage): void {
    this.#delivered = this.#delivered
      .then(() => this.onmessage?.(message))
      .catch((error: Error) => this.onerror?.(error))
  }

  /** While an answer is waited for, the pipe keeps this process alive; else it does not. */
  #updateRef(): void {
    const { stdout, stdin, stderr } = this.#child ?? {}
    const method = this.#waiting.size > 0 ? 'ref' : 'unref'
    for (const handle of [this.#child, stdin, stdout, stderr]) {
      const change: unknown = isObject(handle) ? handle[method] : undefined
      if (typeof change === 'function') change.call(handle)
    }
  }

  #settle(id: string | number): void {
    if (this.#waiting.delete(id) && this.#waiting.size === 0) this.#updateRef()
  }

  #end(failure?: McpError): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#failure = failure
    this.#waiting.clear()
    this.#updateRef()
    this.onclose?.()
  }

  send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin
    if (this.#isClosed || !stdin?.writable) {
      const { server } = this.#options
      const closed = new McpError({
        code: 'closed',
        server,
        message: `${server}: not connected`,
        unsent: true,
      })
      return Promise.reject(closed)
    }
    if ('method' in message && 'id' in message && message.method !== 'subscriptions/listen') {
      this.#waiting.add(message.id)
      if (this.#waiting.size === 1) this.#updateRef()
    }
    if ('method' in message && message.method === 'notifications/cancelled') {
      const id = message.params?.['requestId']
      if (typeof id === 'string' || typeof id === 'number') this.#settle(id)
    }
    return new Promise((resolve, reject) => {
      stdin.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()))
    })
  }

  async close(): Promise<void> {
    const child = this.#child
    this.#end()
    if (child?.pid === undefined) return
    await stopChild(child, this.#options.graceMs)
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
}
