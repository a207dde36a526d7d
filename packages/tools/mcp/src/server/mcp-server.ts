import type { Readable, Writable } from 'node:stream'
import type { Agent, Tools } from '@ashlar/core'
import type * as Sdk from '@modelcontextprotocol/server'

/** Options of `createMcpServer`. */
export interface McpServerOptions {
  readonly name: string
  /** @default '0.0.0' */
  readonly version?: string
  /** For people. @default the name */
  readonly title?: string
  /** How to use the server, for the client's model. */
  readonly instructions?: string
  readonly tools?: Tools
  /** Each becomes a tool of its key's name that takes a prompt. */
  readonly agents?: Readonly<Record<string, Agent>>
  /**
   * Called with each server of the SDK that is made, one a connection (or, from 2026-07-28, a request): registers
   * prompts, resources, or tools that ask the person.
   */
  readonly extend?: (server: Sdk.McpServer, context: Sdk.McpRequestContext) => void
  /** Passed on to every server of the SDK: capabilities of the extension, cache hints, request state. */
  readonly settings?: Sdk.ServerOptions
}

/** Where `listen` listens, and for whom. */
export interface ListenOptions {
  /** @default a free one */
  readonly port?: number
  /** Beyond loopback only with `allowedHosts`. @default '127.0.0.1' */
  readonly host?: string
  /** @default '/mcp' */
  readonly path?: string
  /** Host names that requests may be for, against DNS rebinding. @default those of loopback */
  readonly allowedHosts?: readonly string[]
  /** Host names of web pages that may call, in the Origin header. @default those of loopback */
  readonly allowedOrigins?: readonly string[]
  /** Requests must carry it: `Authorization: Bearer …`. @default none */
  readonly token?: string
  readonly onError?: (error: Error) => void
}

/** A server that answers until it is closed. */
export interface Listening extends AsyncDisposable {
  readonly url: string
  /** Tells the clients that something is another now. */
  readonly notify: Sdk.ServerNotifier
  close(): Promise<void>
}

/** A server on a pair of streams. */
export interface StdioServing extends AsyncDisposable {
  /** Resolves when stdin has ended or the server was closed. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

/** Tools and agents, offered to MCP clients of every protocol version. */
export interface AshlarMcpServer {
  /** For the SDK's own entry points. */
  readonly factory: Sdk.McpServerFactory
  /** Serves the client that started this process. Nothing else may write to stdout. */
  serveStdio(options?: { readonly stdin?: Readable; readonly stdout?: Writable }): StdioServing
  /** Serves over streamable HTTP. @throws InvalidArgument for a host beyond loopback without `allowedHosts` */
  listen(options?: ListenOptions): Promise<Listening>
  /** Answers requests of a server of yours, which checks host, origin and authorisation itself. */
  handler(): Sdk.McpHttpHandler
}
