import { existsSync } from 'node:fs'
import { InvalidArgument } from '@ashlar/core'
import { commandEnvironment, type CommandEnvironmentOptions } from './command-environment.ts'
import { type CommandWrapper, wrapCommand } from './command-wrapper.ts'
import { holdFolder } from '../folder-handle.ts'
import { type CapturedOutput, HeadTail } from './head-tail.ts'
import { milliseconds } from './milliseconds.ts'
import { type ProcessEnd, runProcess } from './run-process.ts'
import { WorkspaceError } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'

/** A piece of output as it came. */
export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
}

export interface ExecOptions extends CommandEnvironmentOptions {
  /** A program with its arguments, or a line for the shell. */
  readonly command: string | readonly string[]
  /** The folder to start in, relative to the root. @default the root */
  readonly cwd?: string | undefined
  /** Milliseconds, at most 2^31 - 1. @default 120,000 */
  readonly timeoutMs?: number | undefined
  /** Milliseconds between SIGTERM and SIGKILL. @default 2,000 */
  readonly graceMs?: number | undefined
  /** Bytes kept of each stream, half from its start and half from its end. @default 32,768 */
  readonly outputBytes?: number | undefined
  /** The shell that reads a line, called with `-c`. @default /bin/bash where there is one, else /bin/sh */
  readonly shell?: string | undefined
  /** Fences the command in. @default it runs as it is */
  readonly wrap?: CommandWrapper | undefined
  readonly signal?: AbortSignal | undefined
  /** Called with output as it comes, up to twice `outputBytes`. */
  readonly onOutput?: ((chunk: OutputChunk) => void) | undefined
}

export interface ExecResult extends Pick<ProcessEnd, 'exitCode' | 'signal' | 'timedOut' | 'durationMs'> {
  /** Relative to the root. */
  readonly cwd: string
  readonly stdout: CapturedOutput
  readonly stderr: CapturedOutput
}

const defaultShell = (): string => {
  if (process.platform === 'win32') return process.env['COMSPEC'] ?? 'cmd.exe'
  return existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh'
}

const toArgv = ({ command, shell = defaultShell() }: ExecOptions): readonly [string, ...string[]] => {
  const words = typeof command === 'string' ? [command] : command
  const [program, ...args] = words
  if (program === undefined || program.trim() === '' || words.some((word) => word.includes('\0')))
    throw new WorkspaceError('A command needs a program, and no word of it may hold a NUL character.', {
      code: 'invalid-command',
      path: words.join(' ').slice(0, 200),
    })
  if (typeof command !== 'string') return [program, ...args]
  return process.platform === 'win32' ? [shell, '/d', '/s', '/c', command] : [shell, '-c', command]
}

/**
 * Runs a command: `exec(workspace, { command: ['npm', 'test'] })`. Nothing checks it here: `execTool` asks a policy
 * first. The jail holds its starting folder, not what the program opens. Input is closed, the environment is a short
 * list, and all it started ends with it.
 * @throws InvalidArgument for times that are none
 * @throws WorkspaceError when the program cannot be started or the folder is outside; the signal's reason on abort
 */
export const exec = async (workspace: Workspace, options: ExecOptions): Promise<ExecResult> => {
  const { outputBytes = 32_768, wrap, signal, onOutput } = options
  const timeoutMs = milliseconds('timeoutMs', options.timeoutMs ?? 120_000)
  const graceMs = milliseconds('graceMs', options.graceMs ?? 2_000, { min: 0 })
  if (!Number.isSafeInteger(outputBytes) || outputBytes < 2)
    throw new InvalidArgument('outputBytes', 'a whole number, 2 or more', outputBytes)
  const argv = toArgv(options)
  const env = commandEnvironment(options)
  const captured = { stdout: new HeadTail(outputBytes), stderr: new HeadTail(outputBytes) }
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }
  let shown = 0
  const folder = await holdFolder(workspace, options.cwd ?? '.')
  try {
    const context = { root: workspace.root, cwd: folder.absolute, env }
    const end = await runProcess(await wrapCommand(argv, { wrap, ...context }), {
      cwd: folder.base,
      env,
      timeoutMs,
      graceMs,
      signal,
      onChunk: (stream, chunk) => {
        captured[stream].push(chunk)
        if (onOutput && shown < outputBytes * 2) {
          shown += chunk.length
          onOutput({ stream, text: decoders[stream].decode(chunk, { stream: true }) })
        }
        return true
      },
    })
    const { exitCode, signal: by, timedOut, durationMs } = end
    const output = { stdout: captured.stdout.end(), stderr: captured.stderr.end() }
    return { cwd: folder.relative, exitCode, signal: by, timedOut, durationMs, ...output }
  } finally {
    await folder.close()
  }
}
