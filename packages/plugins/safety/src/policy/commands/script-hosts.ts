import { judgeCode } from '../judge-code.ts'
import { allow, deny, worst } from '../outcome.ts'
import type { Judge } from '../shell.ts'
import { askAbout, isHelp } from '../tool.ts'

/** Other programs that take code: everything with a blank may be it. */
export const anyCode: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const found = call.args
    .filter((field) => field.text.includes(' ') || field.text.includes('('))
    .map((field) =>
      worst([
        judgeCode(field.text.replaceAll('\0', '_'), 'other', shell),
        shell.runSource(field.text.replace(/^[:!]+|^(?:spawn|shell|shell-command|!)\s+/g, ''), {
          stdin: call.stdin,
        }),
      ]),
    )
  return worst([
    askAbout('inline-code', `${call.name} can run anything.`, { call, shell }),
    ...(call.stdin.text === undefined
      ? []
      : [shell.runSource(call.stdin.text.replace(/^!/, ''), { stdin: call.stdin })]),
    ...found.filter(({ verdict }) => verdict === 'deny'),
  ])
}

/** Editors that run a command from their command line. */
export const editor: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const escapes = call.args.filter((field) => field.text.includes('!') || field.text.includes('system('))
  const inner = escapes
    .map((field) => shell.runSource(field.text.slice(field.text.indexOf('!') + 1), { stdin: call.stdin }))
    .filter(({ verdict }) => verdict === 'deny')
  return worst([
    askAbout('interactive', `${call.name} is an editor.`, { call, shell }),
    ...(escapes.length > 0 ? [deny('option-runs', `${call.name} is told to run a command.`)] : []),
    ...inner,
  ])
}
