import { allow, ask } from '../outcome.ts'
import type { Call, Judge } from '../shell.ts'
import { isHelp, tool } from '../tool.ts'

const only =
  (options: string, why: string): Judge =>
  (call, shell) =>
    isHelp(call) || versionOf(call)
      ? allow()
      : call.args.length > 0
        ? tool({ options, operands: 'names' })(call, shell)
        : ask('interactive', why)

const versionOf = (call: Call): boolean =>
  call.args.length === 1 && ['-v', '-V', '-version', '--version'].includes(call.args[0]?.text ?? '')

export const binary: Judge = only(
  '-hlSsrdnVAuWaxDtTfCgL -j= -M= --headers --sections --symbols --demangle --dynamic -p',
  'It names no file.',
)

export const checks = (options: string): Judge => tool({ options, operands: 'names' })
