import type { AlertSink, BudgetAlert } from './alert.ts'

export interface LogAlertOptions {
  /** Takes one line, without its end. @default standard error */
  readonly write?: (line: string) => void
}

/** Writes alerts down as a line each. */
export const logAlert = ({
  write = (line) => void process.stderr.write(`${line}\n`),
}: LogAlertOptions = {}): AlertSink => {
  return Object.assign(({ message }: BudgetAlert) => write(message), { receiver: 'log' })
}
