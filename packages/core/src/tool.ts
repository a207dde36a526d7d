import type { JsonSchema } from './json.ts'
import type { RunContext } from './run.ts'
import type { SchemaResult } from './schema-result.ts'

/** What a tool does to the world; approval and retry go by it. Anything not said is assumed to be the worst. */
export interface ToolAnnotations {
  /** Changes nothing. @default false */
  readonly readOnly?: boolean
  /** May destroy something. @default true unless readOnly */
  readonly destructive?: boolean
  /** Running it twice with the same input is the same as once. @default false unless readOnly */
  readonly idempotent?: boolean
}

/** What a tool is given beside its input. */
export interface ToolContext {
  /** Aborts when the run does, or when the tool's time is up. */
  readonly signal: AbortSignal
  readonly callId: string
  /** `run/step/call`: the same when the run goes on from its saved state, so that an effect can be made once. */
  readonly idempotencyKey: string
  /** Shows progress: becomes a `tool-progress` event. */
  readonly report: (update: unknown) => void
  /** Pass it on as `parent` to run an agent inside the tool. */
  readonly run: RunContext
}

/** A tool with its types erased: named by its key in `tools`. */
export interface Tool {
  readonly description: string
  readonly inputSchema: JsonSchema
  readonly annotations: Required<ToolAnnotations>
  /** Milliseconds. @default the agent's `limits.toolTimeoutMs` */
  readonly timeoutMs?: number
  readonly validate: (input: unknown) => SchemaResult | Promise<SchemaResult>
  /** Absent: the caller answers the call, and the run pauses for it. */
  readonly execute?: (input: unknown, context: ToolContext) => unknown
}

/** Tools by name. */
export type Tools = Readonly<Record<string, Tool>>
