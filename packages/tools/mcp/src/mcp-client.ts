import type * as Sdk from '@modelcontextprotocol/client'
import type { Elicit } from './elicit.ts'
import type { McpEvent } from './mcp-event.ts'
import type { Secrets } from './secrets.ts'
import type { ServerDefinition } from './server-definition.ts'

/** When to try again, and how often. */
export interface RetryOptions {
  /** Attempts to connect before giving up. @default 3 */
  readonly attempts?: number
  /** Milliseconds before the second attempt; each further wait is twice as long. @default 1000 */
  readonly baseMs?: number
  /** Longest wait in milliseconds. @default 5000 */
  readonly maxMs?: number
}

/** Who authorises the requests to a server: the SDK's providers. */
export type McpAuthProvider = Sdk.AuthProvider | Sdk.OAuthClientProvider

/** Options of `createMcpClient`. */
export interface McpClientOptions {
  /** What the server is called in errors and events. @default 'mcp' */
  readonly name?: string
  /** Who we say we are. @default ashlar, and the version of this package */
  readonly clientInfo?: { readonly name: string; readonly version: string }
  /** Milliseconds for one attempt to connect, the start of a process included. @default 30000 */
  readonly connectTimeoutMs?: number
  /** Milliseconds for one call, connecting included, unless the definition says otherwise. @default 60000 */
  readonly timeoutMs?: number
  /** A longer message is an error. @default 64 MiB */
  readonly maxMessageBytes?: number
  /** Milliseconds that a process gets to end by itself, and again after SIGTERM. @default 2000 */
  readonly graceMs?: number
  readonly retry?: RetryOptions
  /** Told what happens around the server. What it throws is ignored. */
  readonly onEvent?: (event: McpEvent) => void
  /** Answers what the server asks the person. @default the answer is no */
  readonly onElicit?: Elicit
  /** OAuth, or any other way to authorise requests: a provider of the SDK. */
  readonly authProvider?: McpAuthProvider
  /** In place of the global `fetch`. */
  readonly fetch?: Sdk.FetchLike
  /** The environment that children get a part of. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** What one call may take. */
export interface McpCallOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds, connecting included. @default that of the definition, else of the client */
  readonly timeoutMs?: number | undefined
  readonly onProgress?: ((progress: Sdk.Progress) => void) | undefined
  /** The call may be made once more when its outcome is unknown. @default false */
  readonly repeatable?: boolean | undefined
  /** Of a call of a tool: the same for the same effect, for servers that make it once. @default none */
  readonly idempotencyKey?: string | undefined
}

/** Who a server says it is. */
export interface McpServerInfo {
  readonly name?: string | undefined
  readonly version?: string | undefined
  /** The version of the protocol that both sides speak now. */
  readonly protocolVersion: string
  /** How the server wants to be used; untrusted text. */
  readonly instructions?: string | undefined
  readonly capabilities: Sdk.ServerCapabilities
}

type Input = Readonly<Record<string, unknown>>

/** One server, shared by everybody who holds this. Connects when it is first needed, and again when it was lost. */
export interface McpClient extends AsyncDisposable {
  readonly name: string
  /** Connects, unless that is done, and says to whom. @throws McpError */
  connect(options?: McpCallOptions): Promise<McpServerInfo>
  /** All pages; kept until the server says that they changed. */
  listTools(options?: McpCallOptions): Promise<readonly Sdk.Tool[]>
  /** The result as the server gave it, its structured content checked. @throws McpError */
  callTool(name: string, input: Input, options?: McpCallOptions): Promise<Sdk.CallToolResult>
  /** All pages; none when the server has no resources. */
  listResources(options?: McpCallOptions): Promise<readonly Sdk.Resource[]>
  listResourceTemplates(options?: McpCallOptions): Promise<readonly Sdk.ResourceTemplateType[]>
  readResource(uri: string, options?: McpCallOptions): Promise<Sdk.ReadResourceResult>
  /** All pages; none when the server has no prompts. */
  listPrompts(options?: McpCallOptions): Promise<readonly Sdk.Prompt[]>
  getPrompt(
    name: string,
    input: Readonly<Record<string, string>>,
    options?: McpCallOptions,
  ): Promise<Sdk.GetPromptResult>
  /** Anything else the SDK's client can do, with the same deadline, reconnection and errors. */
  use<T>(
    operation: (client: Sdk.Client, options: Sdk.RequestOptions) => Promise<T>,
    options?: McpCallOptions,
  ): Promise<T>
  /** Ends an OAuth flow that the `authProvider` began, with the parameters of its redirect. */
  finishAuth(parameters: URLSearchParams): Promise<void>
  /** A text with the likely secrets of the definition replaced by `[secret]`. */
  hide(text: string): string
  /** Ends the connection and the process behind it. Later calls fail. */
  close(): Promise<void>
}

/** A definition, or one that is made when it is needed; `secrets` takes what must not be shown. */
export type DefinitionSource = ServerDefinition | ((secrets: Secrets) => Promise<ServerDefinition>)
