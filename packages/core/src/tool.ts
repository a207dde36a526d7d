import { InvalidArgument } from './errors.ts'
import type { JsonSchema } from './json.ts'
import type { UserPart } from './message.ts'
import type { RunContext } from './run.ts'
import {
  describeIssues,
  type InferSchema,
  type Schema,
  type SchemaResult,
  toJsonSchema,
  validate,
} from './schema.ts'

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
  /** `run/step/call`: the same after a resume, so that an effect can be made once. */
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
  readonly execute?: (input: unknown, context: ToolContext) => Promise<unknown>
}

/** Tools by name. */
export type Tools = Readonly<Record<string, Tool>>

export interface ToolDefinition<Input extends Schema, Output extends Schema = Schema> {
  /** What the tool does and when to use it; the model reads this. */
  readonly description: string
  /** The arguments. @default an empty object */
  readonly input?: Input
  /** The JSON Schema of `input`, for libraries that cannot write one. */
  readonly jsonSchema?: JsonSchema
  /** Checked on what `execute` returns. */
  readonly output?: Output
  readonly annotations?: ToolAnnotations
  /** Milliseconds. @default the agent's `limits.toolTimeoutMs`, 60 s */
  readonly timeoutMs?: number
  /** Returns text, anything JSON can carry, or `toolContent(…)`; a throw is shown to the model as an error. */
  readonly execute?: (input: InferSchema<Input>, context: ToolContext) => unknown
}

const noInput: JsonSchema = { type: 'object', properties: {}, additionalProperties: false }

const checked = async (schema: Schema, value: unknown, what: string): Promise<unknown> => {
  const result = await validate(schema, value)
  if (!result.issues) return result.value
  throw new InvalidArgument(what, 'a value that fits its schema', describeIssues(result.issues))
}

/**
 * Defines a tool: the schema types `execute`, writes the JSON Schema the model sees, and checks the arguments.
 * @throws InvalidArgument when the schema cannot write its JSON Schema and none is given beside it
 */
export const tool = <const Input extends Schema, const Output extends Schema = Schema>(
  definition: ToolDefinition<Input, Output>,
): Tool => {
  const { description, execute, annotations = {}, timeoutMs, output } = definition
  const input: Schema = definition.input ?? noInput
  if (timeoutMs !== undefined && !(timeoutMs > 0))
    throw new InvalidArgument('timeoutMs', 'a number of milliseconds above 0', timeoutMs)
  const readOnly = annotations.readOnly ?? false
  return {
    description,
    inputSchema: toJsonSchema(input, 'input', definition.jsonSchema),
    annotations: {
      readOnly,
      destructive: annotations.destructive ?? !readOnly,
      idempotent: annotations.idempotent ?? readOnly,
    },
    ...(timeoutMs !== undefined && { timeoutMs }),
    validate: (value) => validate(input, value),
    ...(execute && {
      // The input was checked against the schema that types it.
      execute: async (value, context) => {
        const result = await execute(value as InferSchema<Input>, context)
        return output ? checked(output, result, 'tool output') : result
      },
    }),
  }
}

const contentBrand: unique symbol = Symbol.for('ashlar.tool-content')

/** A tool's answer with images or files beside its text. */
export interface ToolContent {
  readonly [contentBrand]: true
  readonly output: string
  readonly content: UserPart[]
}

/** Answers with images or files: `execute: async () => toolContent('a chart', [{ type: 'image', data }])`. */
export const toolContent = (output: string, content: UserPart[]): ToolContent => ({
  [contentBrand]: true,
  output,
  content,
})

/** True for what `toolContent` made. */
export const isToolContent = (value: unknown): value is ToolContent =>
  typeof value === 'object' && value !== null && contentBrand in value
