import { execFile } from 'node:child_process'
import type { AlertSink, BudgetAlert } from './alert.ts'
import { alertJson } from './alert-json.ts'
import { fingerprint } from './fingerprint.ts'

export interface CommandAlertOptions {
  /** How long it may run, in milliseconds. @default 30_000 */
  readonly timeoutMs?: number
}

/** Runs a program for each alert, without a shell; it finds the alert as JSON on its standard input. */
export const commandAlert = (
  file: string,
  args: readonly string[] = [],
  { timeoutMs = 30_000 }: CommandAlertOptions = {},
): AlertSink => {
  const run = (alert: BudgetAlert): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = execFile(file, args, { timeout: timeoutMs, killSignal: 'SIGKILL' }, (error) => {
        if (error) reject(error)
        else resolve()
      })
      // A program need not read it.
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(`${JSON.stringify(alertJson(alert))}\n`)
    })
  return Object.assign(run, { receiver: `command ${fingerprint([file, ...args])}` })
}
