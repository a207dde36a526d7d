import type { AlertSink } from './alert.ts'

export interface LogAlertOptions {
  /** Takes one line, without its end. @default standard error */
  readonly write?: (line: string) => void
}

/** Writes alerts down as a line each. */
export const logAlert = ({
  write = (line) => void process.stderr.write(`${line}\n`),
}: LogAlertOptions = {}): AlertSink => {
  return ({ message }) => write(message)
}
