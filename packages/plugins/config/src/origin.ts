/** Where a setting may come from, weakest first. */
export type LayerName = 'defaults' | 'user' | 'project' | 'env' | 'flags'

/** Where a setting comes from. */
export interface Origin {
  readonly layer: LayerName
  /** The file, where it is one. */
  readonly file?: string
  /** From 1; absent where the file is a program. */
  readonly line?: number
  /** From 1, in UTF-16 units. */
  readonly column?: number
  /** The variable of the environment or the flag. */
  readonly name?: string
}

/** `file:line:column`, the name of a variable, or the layer. */
export const describeOrigin = ({ layer, file, line, column, name }: Origin): string => {
  if (file !== undefined) return line === undefined ? file : `${file}:${line}:${column ?? 1}`
  return name ?? layer
}

/** The keys to a setting; items of lists by number. */
export type ConfigPath = readonly (string | number)[]

/** `agents.docs.tools[0]`; keys that are no plain word are quoted. */
export const formatPath = (path: ConfigPath): string =>
  path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`
      if (!/^[\w$-]+$/.test(key)) return `[${JSON.stringify(key)}]`
      return index === 0 ? key : `.${key}`
    })
    .join('')

/** `a.b` as keys; a path of keys stays what it is. */
export const toPath = (path: string | ConfigPath): ConfigPath =>
  typeof path === 'string' ? (path === '' ? [] : path.split('.')) : path
