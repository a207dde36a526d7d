/** What holds for every kind of server. */
interface CommonDefinition {
  /** How long one call may take, in milliseconds. @default 60000 */
  readonly timeoutMs?: number
  /** Tools that may be used: names, with `*` for any characters. @default all */
  readonly allow?: readonly string[]
  /** Tools that may not, even when `allow` has them. @default none */
  readonly deny?: readonly string[]
  /** The server is listed, and never connected. @default false */
  readonly disabled?: boolean
}

/** A server that is started as a child process and spoken to over its stdin and stdout. */
export interface StdioDefinition extends CommonDefinition {
  readonly type: 'stdio'
  readonly command: string
  readonly args?: readonly string[]
  /** Beside the part of our environment that holds no secrets. */
  readonly env?: Readonly<Record<string, string>>
  /** A file of `NAME=value` lines for the environment; `env` goes before it. */
  readonly envFile?: string
  readonly cwd?: string
}

/** A server behind an address. `sse` is for servers older than 2025-03-26; `http` falls back to it by itself. */
export interface HttpDefinition extends CommonDefinition {
  readonly type: 'http' | 'sse'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
}

/** How a server is reached. */
export type ServerDefinition = StdioDefinition | HttpDefinition
