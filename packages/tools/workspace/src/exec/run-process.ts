import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { endGroup, killGroup } from './process-group.ts'
import { WorkspaceError } from '../workspace-error.ts'

export interface ProcessOptions {
  readonly cwd: string
  /** The whole environment: nothing of this process is added. */
  readonly env: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Between asking the process to end and ending it. */
  readonly graceMs: number
  readonly signal?: AbortSignal | undefined
  /** Called with each chunk; returning false ends the process early. */
  readonly onChunk: (stream: 'stdout' | 'stderr', chunk: Buffer) => boolean
}

/** How a process ended. */
export interface ProcessEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly timedOut: boolean
  /** `onChunk` had enough. */
  readonly stopped: boolean
  readonly durationMs: number
}

const launchFailed = (program: string, cause: unknown): WorkspaceError => {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const why =
    code === 'ENOENT'
      ? 'was not found. Use a program that is installed'
      : code === 'EACCES'
        ? 'may not be executed'
        : `could not be started (${String(code)})`
  return new WorkspaceError(
    `The program ${JSON.stringify(program)} ${why}.`,
    { code: 'invalid-command', path: program },
    { cause },
  )
}

const launch = (
  [program, ...args]: readonly [string, ...string[]],
  options: ProcessOptions,
): ChildProcess => {
  try {
    return spawn(program, args, {
      cwd: options.cwd,
      env: options.env,
      // A group of its own, so that all it starts can be ended with it.
      detached: process.platform !== 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    })
  } catch (error) {
    throw launchFailed(program, error)
  }
}

/** Time for the last output to arrive once the whole group is gone: a process that left the group may hold the pipe. */
const drainMs = 500

/**
 * Runs a program with closed input in a process group of its own. The group ends with the program, after `timeoutMs`, on
 * abort, or when `onChunk` returns false: SIGTERM first, SIGKILL after `graceMs`. What it left running in the background
 * ends too.
 * @throws WorkspaceError when the program cannot be started; the signal's reason after an abort, once all have ended
 */
export const runProcess = async (
  argv: readonly [string, ...string[]],
  options: ProcessOptions,
): Promise<ProcessEnd> => {
  const { timeoutMs, graceMs, signal, onChunk } = options
  signal?.throwIfAborted()
  const started = performance.now()
  const child = launch(argv, options)
  const streams: readonly (readonly ['stdout' | 'stderr', Readable | null])[] = [
    ['stdout', child.stdout],
    ['stderr', child.stderr],
  ]
  const closed = Promise.withResolvers<void>()
  const exited = Promise.withResolvers<Pick<ProcessEnd, 'exitCode' | 'signal'>>()
  child.once('error', (error) => exited.reject(launchFailed(argv[0], error)))
  child.once('exit', (exitCode, by) => exited.resolve({ exitCode, signal: by }))
  child.once('close', () => closed.resolve())
  const { pid } = child
  if (pid === undefined) await exited.promise

  const state = { timedOut: false, stopped: false }
  let ending: Promise<void> | undefined
  const end = (): void => {
    if (pid !== undefined) ending ??= endGroup(pid, graceMs)
  }
  for (const [name, stream] of streams)
    stream?.on('data', (chunk: Buffer) => {
      if (state.stopped || onChunk(name, chunk)) return
      state.stopped = true
      end()
    })
  const timer = setTimeout(() => {
    state.timedOut = true
    end()
  }, timeoutMs)
  const onExit = (): void => {
    if (pid !== undefined) killGroup(pid)
  }
  signal?.addEventListener('abort', end, { once: true })
  process.once('exit', onExit)
  try {
    const how = await exited.promise
    clearTimeout(timer)
    end()
    await ending
    await Promise.race([closed.promise, delay(drainMs, undefined, { ref: false })])
    signal?.throwIfAborted()
    return { ...how, ...state, durationMs: performance.now() - started }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
    process.off('exit', onExit)
    for (const [, stream] of streams) stream?.destroy()
  }
}
