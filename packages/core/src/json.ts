/** Any value that survives `JSON.parse(JSON.stringify(value))`. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject

/** A plain JSON object. */
export type JsonObject = { [key: string]: JsonValue | undefined }

/** A JSON Schema document (draft 2020-12 unless it says otherwise), as plain data. */
export type JsonSchema = { readonly [keyword: string]: unknown }

/** True for a plain object: neither null nor an array. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
