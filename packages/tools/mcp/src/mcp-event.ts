/** What happens around a server, for a log or a screen. No secret of its definition is in it. */
export type McpEvent =
  | { readonly type: 'server-connect'; readonly server: string; readonly protocolVersion: string }
  /** An attempt to connect failed, and another follows after `delayMs`. */
  | {
      readonly type: 'server-retry'
      readonly server: string
      readonly delayMs: number
      readonly reason: string
    }
  | { readonly type: 'server-close'; readonly server: string; readonly reason: string }
  /** A line of its stderr, a message of its log, or something wrong beside the calls. */
  | {
      readonly type: 'server-log'
      readonly server: string
      readonly source: 'stderr' | 'log' | 'problem'
      readonly text: string
    }
  /** The server said that its list is another now. */
  | {
      readonly type: 'list-change'
      readonly server: string
      readonly list: 'tools' | 'resources' | 'prompts'
    }
  | { readonly type: 'resource-change'; readonly server: string; readonly uri: string }
  /** A tool is left out: not approved, or its definition is not usable. */
  | { readonly type: 'tool-refuse'; readonly server: string; readonly tool: string; readonly reason: string }
  /** Several servers have a tool of this name: each is used under the name in `names`. */
  | { readonly type: 'name-collision'; readonly tool: string; readonly names: readonly string[] }
