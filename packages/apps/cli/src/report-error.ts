import { printable } from '@ashlar/command'
import { AshlarError, InvalidArgument } from '@ashlar/core'
import { describeError } from './describe-error.ts'
import { CommandError, exitCode } from './exit-code.ts'
import { paint, type Terminal } from './terminal.ts'

/** True when stdout is to hold JSON lines: `ashlar run … --json`. */
const wantsJson = ([command, ...words]: readonly string[]): boolean => {
  const end = words.indexOf('--')
  return (
    command === 'run' &&
    words.slice(0, end < 0 ? undefined : end).some((word) => /^--json(=true)?$/.test(word))
  )
}

interface Failure {
  readonly exitCode: number
  /** A word for programs: `usage`, `model-error`, … */
  readonly code: string
  /** What stderr says. */
  readonly text: string
}

const failureOf = (error: unknown): Failure => {
  // citty does not export its error class.
  const isOfParser = error instanceof Error && error.name === 'CLIError'
  // By its code: the package that reads configurations is loaded on demand.
  const isConfig = AshlarError.isInstance(error) && error.code === 'invalid-config'
  const isUsage = isOfParser || isConfig || InvalidArgument.isInstance(error)
  const code = CommandError.isInstance(error) ? error.exitCode : isUsage ? exitCode.usage : exitCode.failed
  // A pause lists its calls on lines of their own, a configuration what is wrong with it.
  const isList = code === exitCode.paused || isConfig
  return {
    exitCode: code,
    code: AshlarError.isInstance(error) ? error.code : isOfParser ? 'command-usage' : 'error',
    text: isList && error instanceof Error ? printable(error.message) : describeError(error),
  }
}

export interface ReportOptions {
  readonly terminal: Pick<Terminal, 'stdout' | 'stderr'>
  /** Those of the command line. */
  readonly words: readonly string[]
}

const write = (failure: Failure, { terminal: { stdout, stderr }, words }: ReportOptions): number => {
  const { exitCode: code, text } = failure
  const isError = code === exitCode.failed || code === exitCode.usage
  if (text !== '') stderr.write(isError ? `${paint(stderr, 'red', 'Error:')} ${text}\n` : `${text}\n`)
  // A pause is told by the last event.
  if (wantsJson(words) && code !== exitCode.paused)
    stdout.write(`${JSON.stringify({ type: 'error', message: text, code: failure.code })}\n`)
  return code
}

/** Says what went wrong: a line on stderr, and with `run --json` the last line of stdout. @returns the exit code */
export const reportError = (error: unknown, options: ReportOptions): number =>
  write(failureOf(error), options)

/** Reports what an agent file threw where nobody could catch it: a timer, a promise that was let go. @returns 1 */
export const reportLoose = (error: unknown, options: ReportOptions): number => {
  const text = `${describeError(error)} (thrown in the background, where nobody caught it)`
  return write({ exitCode: exitCode.failed, code: 'uncaught', text }, options)
}
