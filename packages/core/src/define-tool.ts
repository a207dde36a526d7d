import { checkKeys } from './check-keys.ts'
import { InvalidArgument } from './errors.ts'
import type { JsonSchema } from './json.ts'
import { type InferSchema, type Schema, toJsonSchema, toValidator } from './schema.ts'
import type { Tool, ToolAnnotations, ToolContext } from './tool.ts'

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

const definitionKeys: readonly (keyof ToolDefinition<Schema>)[] = [
  'description',
  'input',
  'jsonSchema',
  'output',
  'annotations',
  'timeoutMs',
  'execute',
]
const noInput: JsonSchema = { type: 'object', properties: {}, additionalProperties: false }

const checking = (schema: Schema): ((value: unknown) => Promise<unknown>) => {
  const validate = toValidator(schema, 'output')
  return async (value) => {
    const result = await validate(value)
    if (!result.issues) return result.value
    const { describeIssues } = await import('./schema-result.ts')
    throw new InvalidArgument('tool output', 'a value that fits its schema', describeIssues(result.issues))
  }
}

/**
 * Defines a tool: the schema types `execute`, writes the JSON Schema the model sees, and checks the arguments.
 * @throws InvalidArgument for an unknown key, and when the schema cannot write its JSON Schema and none is given beside it
 */
export const tool = <const Input extends Schema, const Output extends Schema = Schema>(
  definition: ToolDefinition<Input, Output>,
): Tool => {
  checkKeys(definition, definitionKeys)
  const { description, execute, annotations = {}, timeoutMs, output } = definition
  const input: Schema = definition.input ?? noInput
  if (timeoutMs !== undefined && !(timeoutMs > 0))
    throw new InvalidArgument('timeoutMs', 'a number of milliseconds above 0', timeoutMs)
  checkKeys(annotations, ['readOnly', 'destructive', 'idempotent'], 'annotations')
  const check = output && checking(output)
  const readOnly = annotations.readOnly ?? false
  return {
    description,
    inputSchema: toJsonSchema(input, 'input', definition),
    annotations: {
      readOnly,
      destructive: annotations.destructive ?? !readOnly,
      idempotent: annotations.idempotent ?? readOnly,
    },
    ...(timeoutMs !== undefined && { timeoutMs }),
    validate: toValidator(input, 'input'),
    ...(execute && {
      // The input was checked against the schema that types it.
      execute: check
        ? async (value, context) => check(await execute(value as InferSchema<Input>, context))
        : (value, context) => execute(value as InferSchema<Input>, context),
    }),
  }
}
