import { stripVTControlCharacters } from 'node:util'
import { isObject, tool, type Tool, type ToolContext } from '@ashlar/core'
import { type CommandPolicy, type CommandVerdict, noPolicy } from './command-policy.ts'
import type { CommandWrapper } from './command-wrapper.ts'
import { exec, type ExecOptions, type ExecResult } from './exec.ts'
import { milliseconds } from './milliseconds.ts'
import { checkOptions } from '../check-options.ts'
import { locate } from '../locate.ts'
import { WorkspaceError } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'

export interface ExecToolOptions extends Pick<
  ExecOptions,
  'env' | 'passEnv' | 'timeoutMs' | 'graceMs' | 'outputBytes' | 'shell' | 'wrap'
> {
  /** Decides about each command. @default every command waits for a person */
  readonly policy?: CommandPolicy | undefined
  /** Milliseconds: the longest time a model may ask for. @default 600,000 */
  readonly maxTimeoutMs?: number | undefined
}

const gate: unique symbol = Symbol.for('ashlar.exec-gate')

/** The tool `exec`, with what a plugin needs to ask a person about it. */
export interface ExecTool extends Tool {
  readonly [gate]: {
    /** What the tool's policy says of a call, or the given one; `undefined` where there is none. */
    readonly decide: (input: unknown, by?: CommandPolicy) => Promise<CommandVerdict | undefined>
    /** Lets this very input through, once, where the policy asks; one that it denies is refused even so. */
    readonly approve: (input: unknown) => void
    /** Fences in the command of this call, whatever its input becomes, around what the tool's own wrapper makes of it. */
    readonly wrap: (context: ToolContext, wrapper: CommandWrapper) => void
  }
}

export const isExecTool = (candidate: Tool): candidate is ExecTool => gate in candidate

/** The gate of an exec tool. */
export const gateOf = (given: ExecTool): ExecTool[typeof gate] => given[gate]

/** What is said in place of a command that did not run. */
export const refusal = ({ verdict, rule, why }: CommandVerdict): string =>
  verdict === 'ask'
    ? `Not run: a person must approve this command (rule ${rule}: ${why}), and nobody can be asked here.`
    : `Not run: rule ${rule} denies this command: ${why}. Do not try to get around it.`

const refused = (verdict: CommandVerdict): WorkspaceError =>
  new WorkspaceError(refusal(verdict), { code: 'not-allowed', path: verdict.rule })

/** What became of a command, as a model reads it. */
const execToText = ({ exitCode, signal, timedOut, durationMs, stdout, stderr }: ExecResult): string => {
  const how = timedOut
    ? `ended after ${Math.round(durationMs)} ms: its time was up`
    : signal === null
      ? `exit code ${exitCode}`
      : `ended by ${signal}`
  const block = (name: string, text: string): string[] =>
    text === '' ? [] : [`${name}:\n${stripVTControlCharacters(text).replace(/\n$/, '')}`]
  return [`(${how})`, ...block('stdout', stdout.text), ...block('stderr', stderr.text)].join('\n')
}

const schema = {
  type: 'object',
  properties: {
    command: {
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' }, minItems: 1 }],
      description: 'A program with its arguments, as an array (preferred), or one line for the shell.',
    },
    cwd: { type: 'string', description: 'Folder to start in, relative to the root. Left out: the root.' },
    timeoutMs: { type: 'integer', minimum: 1, description: 'Milliseconds it may take.' },
  },
  required: ['command'],
  additionalProperties: false,
} as const

type Request = Pick<ExecOptions, 'command' | 'cwd' | 'timeoutMs'>

const isWords = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((word) => typeof word === 'string')

/** The tool's input is erased; this gives its type back. */
const toRequest = (input: unknown): Request => {
  const { command, cwd, timeoutMs } = isObject(input) ? input : {}
  if (typeof command !== 'string' && !isWords(command))
    throw new WorkspaceError('command must be a string or an array of strings.', {
      code: 'invalid-command',
      path: '',
    })
  return {
    command,
    ...(typeof cwd === 'string' && { cwd }),
    ...(typeof timeoutMs === 'number' && { timeoutMs }),
  }
}

const execToolOptions: readonly (keyof ExecToolOptions)[] = [
  'policy',
  'wrap',
  'env',
  'passEnv',
  'timeoutMs',
  'maxTimeoutMs',
  'graceMs',
  'outputBytes',
  'shell',
]

/**
 * The tool `exec`: runs commands that the policy allows. A command to ask about is refused, unless `execPolicy()` is among
 * the agent's plugins, which pauses the run for a person; a denied one never runs.
 */
export const execTool = (workspace: Workspace, options: ExecToolOptions = {}): ExecTool => {
  checkOptions(options, execToolOptions)
  const { policy, wrap: own, ...rest } = options
  const maxTimeoutMs = milliseconds('maxTimeoutMs', options.maxTimeoutMs ?? 600_000)
  const timeoutMs = milliseconds('timeoutMs', options.timeoutMs ?? 120_000)
  const graceMs = milliseconds('graceMs', options.graceMs ?? 2_000, { min: 0 })
  const wrappers = new WeakMap<ToolContext, CommandWrapper>()
  const approved = new WeakSet<object>()
  const decide: ExecTool[typeof gate]['decide'] = async (input, by = policy) => {
    const { command, cwd = '.' } = toRequest(input)
    const { absolute } = await locate(workspace, cwd)
    return by?.(command, { cwd: absolute, root: workspace.root })
  }
  const run = async (input: unknown, context: ToolContext): Promise<string> => {
    const { signal, report } = context
    const request = toRequest(input)
    const ms = Math.min(request.timeoutMs ?? timeoutMs, maxTimeoutMs)
    const outer = wrappers.get(context)
    const wrap: CommandWrapper | undefined =
      outer && own ? async (argv, place) => outer(await own(argv, place), place) : (outer ?? own)
    const asked = { ...rest, ...request, wrap, timeoutMs: ms, graceMs, signal, onOutput: report }
    return execToText(await exec(workspace, asked))
  }
  const plain = tool({
    description:
      'Runs a program and returns its exit code and output. Input is closed; what it leaves running is ended. ' +
      'Some commands are refused or wait for a person.',
    input: schema,
    timeoutMs: milliseconds('maxTimeoutMs', maxTimeoutMs + graceMs + 5_000),
    execute: async (input, context) => {
      const verdict = (await decide(input)) ?? noPolicy
      const isApproved = approved.delete(input) && verdict.verdict === 'ask'
      if (verdict.verdict !== 'allow' && !isApproved) throw refused(verdict)
      return run(input, context)
    },
  })
  const approve = (input: unknown): void => void (isObject(input) && approved.add(input))
  const wrap = (context: ToolContext, wrapper: CommandWrapper): void => {
    const inner = wrappers.get(context)
    // The first plugin is the outermost.
    wrappers.set(context, inner ? async (argv, place) => inner(await wrapper(argv, place), place) : wrapper)
  }
  return { ...plain, [gate]: { decide, approve, wrap } }
}
