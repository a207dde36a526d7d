import { AshlarError } from '@ashlar/core'

/** How the command ends, for scripts. */
export const exitCode = {
  ok: 0,
  /** The run failed or hit a limit; `doctor` found something broken. */
  failed: 1,
  /** A wrong option, file, name, model or setting: nothing was started. */
  usage: 2,
  /** Calls wait for an approval that nobody was there to give. */
  paused: 3,
  interrupted: 130,
  /** Whoever read the output went away. */
  pipeClosed: 141,
  terminated: 143,
} as const

/** Ends a command with an exit code; the message, if any, is its one line on stderr. */
export class CommandError extends AshlarError {
  readonly exitCode: number
  override name = 'CommandError'
  constructor(code: keyof typeof exitCode, message: string, options?: ErrorOptions) {
    super(`command-${code}`, message, options)
    this.exitCode = exitCode[code]
  }
  static override isInstance(error: unknown): error is CommandError {
    return AshlarError.isInstance(error) && error.name === 'CommandError'
  }
}
