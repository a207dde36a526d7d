/** One thing wrong with a value, and where. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The outcome of a validation: the value (maybe transformed), or what is wrong with it. */
export type SchemaResult<Output = unknown> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** A value that fits, or what is wrong with it as one line a model or a person can act on. */
export type Checked = { readonly value: unknown } | { readonly problem: string }

/** The issues as one line a model or a person can act on. */
export const describeIssues = (issues: readonly SchemaIssue[]): string =>
  issues
    .map(({ message, path }) => {
      const where = path?.map((key) => String(typeof key === 'object' ? key.key : key)).join('.')
      return where ? `${where}: ${message}` : message
    })
    .join('; ')

/** The outcome of a validation, its issues described. */
export const toChecked = (result: SchemaResult): Checked =>
  result.issues ? { problem: describeIssues(result.issues) } : { value: result.value }
