import { AshlarError } from '@ashlar/core'
import { type ConfigPath, describeOrigin, formatPath, type Origin } from './origin.ts'

/** One thing wrong with the configuration, and where. */
export interface ConfigIssue {
  readonly message: string
  /** The keys to it; empty for a whole file. */
  readonly path: ConfigPath
  readonly origin?: Origin | undefined
}

/** `file:line:column key: what is wrong`. Never shows a value. */
export const describeIssue = ({ message, path, origin }: ConfigIssue): string => {
  const where = [origin && describeOrigin(origin), formatPath(path)].filter(Boolean).join(' ')
  return where === '' ? message : `${where}: ${message}`
}

const placeOf = ({ origin }: ConfigIssue): readonly [string, number, number] => [
  origin
    ? describeOrigin({ layer: origin.layer, ...(origin.file !== undefined && { file: origin.file }) })
    : '',
  origin?.line ?? 0,
  origin?.column ?? 0,
]

const byPlace = (a: ConfigIssue, b: ConfigIssue): number => {
  const [fileA, lineA, columnA] = placeOf(a)
  const [fileB, lineB, columnB] = placeOf(b)
  return fileA < fileB ? -1 : fileA > fileB ? 1 : lineA - lineB || columnA - columnB
}

/** Most issues in the message of an error. */
const mostLines = 100

/** The configuration is wrong: `issues` has everything that is, in the order of files and lines. */
export class ConfigError extends AshlarError {
  readonly issues: readonly ConfigIssue[]
  override name = 'ConfigError'
  constructor(issues: readonly ConfigIssue[], options?: ErrorOptions) {
    const sorted = issues.toSorted(byPlace)
    const lines = sorted.slice(0, mostLines).map(describeIssue)
    if (sorted.length > mostLines) lines.push(`… and ${sorted.length - mostLines} more`)
    super('invalid-config', lines.join('\n'), options)
    this.issues = sorted
  }
  static override isInstance(error: unknown): error is ConfigError {
    return AshlarError.isInstance(error) && error.name === 'ConfigError'
  }
}
