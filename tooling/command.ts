import { spawn } from 'node:child_process'
import { root } from './packages.ts'

/** What became of a command. */
export interface CommandResult {
  /** The exit code; null when a signal or the time limit ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Options of `runCommand`. */
export interface CommandOptions {
  /** @default the repository's root */
  readonly cwd?: string
  /** @default this process's environment */
  readonly env?: NodeJS.ProcessEnv
  /** Milliseconds after which it is killed. @default 300,000 */
  readonly timeoutMs?: number
}

/** Runs a command to its end and collects its output; never throws for what the command does. */
export const runCommand = (
  command: string,
  args: readonly string[],
  { cwd = root, env = process.env, timeoutMs = 300_000 }: CommandOptions = {},
): Promise<CommandResult> =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && command !== process.execPath,
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    const settle = (result: CommandResult): void => {
      clearTimeout(timer)
      resolve(result)
    }
    const output = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
    child.once('error', (error) => settle({ code: 127, stdout: '', stderr: error.message }))
    child.once('close', (code) => settle({ code, ...output }))
  })

/** As `runCommand` with this Node. */
export const runNode = (args: readonly string[], options?: CommandOptions): Promise<CommandResult> =>
  runCommand(process.execPath, args, options)

/** The first lines of what a failed command said, as one finding. */
export const complaint = (what: string, { code, stdout, stderr }: CommandResult): string => {
  const said = (stderr.trim() || stdout.trim()).split('\n').slice(0, 12).join('\n           ')
  return `${what}: ${code === null ? 'out of time' : `exit code ${code}`}\n           ${said}`
}

/** Runs `task` over `items`, `width` at a time, and keeps their order. */
export const mapParallel = async <In, Out>(
  items: readonly In[],
  task: (item: In) => Promise<Out>,
  width = 2,
): Promise<Out[]> => {
  const results: Out[] = []
  const queue = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await task(item)
  }
  await Promise.all(Array.from({ length: width }, worker))
  return results
}
