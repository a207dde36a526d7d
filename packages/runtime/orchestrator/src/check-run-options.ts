import { InvalidArgument, isObject } from '@ashlar/core'
import type { RetryPolicy, Task } from './task.ts'
import type { RunGraphOptions } from './graph-run.ts'

const checkNumber = (
  name: string,
  value: unknown,
  { min, whole = false }: { min: number; whole?: boolean },
): void => {
  if (value === undefined) return
  const fits =
    typeof value === 'number' && value >= min && (!whole || Number.isInteger(value) || value === Infinity)
  if (!fits) throw new InvalidArgument(name, `a ${whole ? 'whole ' : ''}number from ${min}`, value)
}

const checkRetry = (name: string, retry: RetryPolicy | undefined): void => {
  if (retry === undefined) return
  checkNumber(`${name}.attempts`, retry.attempts, { min: 1, whole: true })
  checkNumber(`${name}.baseMs`, retry.baseMs, { min: 0 })
  checkNumber(`${name}.capMs`, retry.capMs, { min: 0 })
}

const known: ReadonlySet<string> = new Set<keyof RunGraphOptions>([
  'runId',
  'concurrency',
  'keyConcurrency',
  'retry',
  'timeoutMs',
  'graceMs',
  'signal',
  'onEvent',
  'from',
  'earlier',
  'approvals',
  'compensate',
  'compensateTimeoutMs',
  'compensateFailure',
  'clock',
  'random',
])

/** @throws InvalidArgument which names the option, what was expected and what came */
export const checkRunOptions = <T extends Task, Output>(options: RunGraphOptions<T, Output>): void => {
  for (const name of Object.keys(options))
    if (!known.has(name)) throw new InvalidArgument('options', [...known].join(', '), name)
  const { concurrency, keyConcurrency, retry, timeoutMs, graceMs } = options
  checkNumber('concurrency', concurrency, { min: 1, whole: true })
  checkNumber('graceMs', graceMs, { min: 0 })
  checkNumber('timeoutMs', timeoutMs, { min: 1 })
  checkNumber('compensateTimeoutMs', options.compensateTimeoutMs, { min: 1 })
  checkRetry('retry', retry)
  const limits = isObject(keyConcurrency) ? Object.entries(keyConcurrency) : [['', keyConcurrency] as const]
  for (const [key, limit] of limits)
    checkNumber(key === '' ? 'keyConcurrency' : `keyConcurrency.${key}`, limit, { min: 1, whole: true })
}
