/** Apart from `schema.ts`, as issues are described only where there are some. */
export type { FromJsonSchema } from './from-json-schema.ts'
export {
  type BesideSchema,
  type InferSchema,
  type Schema,
  type StandardSchema,
  toJsonSchema,
  toValidator,
  type Validator,
} from './schema.ts'
export { describeIssues, type SchemaIssue, type SchemaResult } from './schema-result.ts'
