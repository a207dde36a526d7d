import { InvalidArgument } from './errors.ts'
import type { FromJsonSchema } from './from-json-schema.ts'
import { isObject, type JsonSchema } from './json.ts'
import type { SchemaResult } from './schema-result.ts'
import type * as ValidateJson from './validate-json.ts'

/** Standard Schema v1 (standardschema.dev), with its JSON Schema extension where the library has it. */
export interface StandardSchema<Input = unknown, Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>
    }
  }
}

/** What describes data: a schema of any library that follows Standard Schema, or plain JSON Schema. */
export type Schema = StandardSchema | JsonSchema

/** The type of a value that passed the schema. */
export type InferSchema<S> = S extends { readonly '~standard': { readonly types?: infer T } }
  ? NonNullable<T> extends { readonly output: infer Output }
    ? Output
    : unknown
  : FromJsonSchema<S>

const isStandard = (schema: Schema, argument: string): schema is StandardSchema => {
  // Some libraries' schemas are functions.
  if (!isObject(schema) && typeof schema !== 'function')
    throw new InvalidArgument(argument, 'a Standard Schema or a JSON Schema', schema)
  return '~standard' in schema
}

/** Where a JSON Schema may be given beside the schema, for libraries that cannot write one. */
export interface BesideSchema {
  readonly jsonSchema?: JsonSchema
}

/**
 * The JSON Schema of a schema; of `beside`, if there is one.
 * @throws InvalidArgument naming `argument` when there is none
 */
export const toJsonSchema = (schema: Schema, argument: string, beside?: BesideSchema): JsonSchema => {
  if (beside?.jsonSchema) return beside.jsonSchema
  if (!isStandard(schema, argument)) return schema
  const write = schema['~standard'].jsonSchema
  if (!write) {
    const { vendor } = schema['~standard']
    throw new InvalidArgument(
      argument,
      `a schema that can write its JSON Schema (~standard.jsonSchema); wrap it (valibot: toStandardJsonSchema of @valibot/to-json-schema)${beside ? ' or give jsonSchema beside it' : ''}`,
      `a ${vendor} schema without it`,
    )
  }
  const { $schema: _, ...written } = write.input({ target: 'draft-2020-12' })
  return written
}

/** Checks values against one schema. */
export type Validator = (value: unknown) => SchemaResult | Promise<SchemaResult>

/**
 * A schema as a function; the validator for plain JSON Schema is loaded when it is first needed.
 * @throws InvalidArgument naming `argument` when it is no schema
 */
export const toValidator = (schema: Schema, argument: string = 'schema'): Validator => {
  if (isStandard(schema, argument)) return (value) => schema['~standard'].validate(value)
  let validator: typeof ValidateJson | undefined
  const validate = (value: unknown, { validateJson }: typeof ValidateJson): SchemaResult => {
    const issues = validateJson(schema, value)
    return issues.length > 0 ? { issues } : { value }
  }
  return (value) => {
    if (validator) return validate(value, validator)
    return import('./validate-json.ts').then((loaded) => validate(value, (validator = loaded)))
  }
}
