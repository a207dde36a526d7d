import { InvalidArgument } from '@ashlar/core'
import { homedir } from 'node:os'
import { isAbsolute, resolve } from 'node:path'
import { checkKnownKeys } from '../known-keys.ts'
import { createInterpreter } from './create-interpreter.ts'
import { diskView, type FileView, remembered, rememberingView } from './file-view.ts'
import { HOLE, literal } from './field.ts'
import { ask, noInput, type Outcome } from './outcome.ts'
import { traitsOf } from './sensitive-path.ts'
import { TooMuchWork } from './shell.ts'
import { type CommandRule, compileRules } from './user-rules.ts'
import type { CommandContext, Verdict } from './verdict.ts'

export interface CommandPolicyOptions {
  /** The user's own rules; the strictest that matches counts, and no rule lifts a deny of the policy. @default [] */
  readonly rules?: readonly CommandRule[]
  /** What `~` and `$HOME` stand for. @default the home of this user */
  readonly home?: string
  /** How the policy looks at the disk. @default the disk of this machine */
  readonly files?: FileView
}

/** Longer commands are not judged, only asked about. */
const mostCharacters = 65_536

const toVerdict = ({ verdict, rule, why, span, source }: Outcome): Verdict => ({
  verdict,
  rule,
  why,
  ...(span && { span }),
  ...(source !== undefined && { source }),
})

const hasControl = (text: string): boolean => text.includes(HOLE)

/**
 * Decides about shell commands by parsing them: `allow` only what is understood to the last word and stays inside the
 * project, `deny` what is dangerous under any spelling it can be worked out from, `ask` for all else. Never throws and
 * never runs anything; it looks at the disk to follow links.
 *
 * @throws {InvalidArgument} here, when a rule is malformed or one of its examples does not hold
 */
export const createCommandPolicy = (
  options: CommandPolicyOptions = {},
): ((command: string | readonly string[], context: CommandContext) => Verdict) => {
  checkKnownKeys(options, { of: 'createCommandPolicy', known: ['rules', 'home', 'files'] })
  const userRule = compileRules(options.rules ?? [])
  const home = resolve(options.home ?? homedir())
  const files = options.files ?? diskView
  return (command, { cwd, root = cwd }) => {
    if (!isAbsolute(cwd)) throw new InvalidArgument('cwd', 'an absolute path', cwd)
    if (!isAbsolute(root)) throw new InvalidArgument('root', 'an absolute path', root)
    const length =
      typeof command === 'string' ? command.length : command.reduce((sum, word) => sum + word.length, 0)
    const hidden = typeof command === 'string' ? hasControl(command) : command.some(hasControl)
    if (hidden) return toVerdict(ask('not-understood', 'The command holds a NUL character.'))
    if (length > mostCharacters)
      return toVerdict(ask('too-long', `The command is longer than ${mostCharacters} characters.`))
    const shell = createInterpreter(
      {
        root: resolve(root),
        home,
        files: rememberingView(files),
        traits: remembered((path) => traitsOf(path, home)),
        places: new Map(),
        userRule,
      },
      resolve(cwd),
    )
    try {
      if (typeof command !== 'string')
        return toVerdict(shell.runCommand(command.map(literal), { stdin: noInput }))
      return toVerdict(shell.judge(command))
    } catch (error) {
      if (error instanceof TooMuchWork)
        return toVerdict(ask('too-complex', 'The command branches more than the policy follows.'))
      return toVerdict(ask('not-understood', 'The policy could not follow the command.'))
    }
  }
}
