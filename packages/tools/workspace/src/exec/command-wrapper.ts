import { isAbsolute } from 'node:path'
import { WorkspaceError } from '../workspace-error.ts'

/** What a wrapper is told of a command. */
export interface WrapContext {
  /** The root of the workspace, absolute. */
  readonly root: string
  /** The folder it starts in, absolute. */
  readonly cwd: string
  /** The environment it gets; a wrapper that clears it must pass these on. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * Makes the argv that runs `argv` fenced in, such as `(argv, { root }) => isolate(argv, { root })` of `@ashlar/safety`. It is
 * called after the policy has decided about the command itself, a line for the shell as `[shell, '-c', line]`.
 */
export type CommandWrapper = (
  argv: readonly string[],
  context: WrapContext,
) => readonly string[] | Promise<readonly string[]>

/** @throws WorkspaceError when the wrapper makes no program of it: nothing runs then */
export const wrapCommand = async (
  argv: readonly [string, ...string[]],
  { wrap, ...context }: WrapContext & { readonly wrap: CommandWrapper | undefined },
): Promise<readonly [string, ...string[]]> => {
  if (!wrap) return argv
  const [program, ...args] = await wrap(argv, context)
  const isUsable =
    typeof program === 'string' && program !== '' && (isAbsolute(program) || !/[\\/]/.test(program))
  if (isUsable && args.every((arg) => typeof arg === 'string')) return [program, ...args]
  throw new WorkspaceError('The command was not run: wrap must give a program and its arguments.', {
    code: 'invalid-command',
    path: argv[0],
  })
}
