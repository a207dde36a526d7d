import { judgeCode } from '../judge-code.ts'
import { allow, deny, worst } from '../outcome.ts'
import type { Judge } from '../shell.ts'
import { askAbout, isHelp } from '../tool.ts'
import { destroyPath } from '../write-rules.ts'

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
  if (
    call.stdin.origin === 'remote' &&
    (call.args.length === 0 || call.args.some((field) => field.text === '-'))
  )
    return deny('remote-code', 'Code from the network would run unseen.')
  return worst([
    askAbout('inline-code', `${call.name} can run anything.`, { call, shell }),
    ...(call.stdin.text === undefined
      ? []
      : [shell.runSource(call.stdin.text.replace(/^!/, ''), { stdin: call.stdin })]),
    ...found.filter(({ verdict }) => verdict === 'deny'),
  ])
}

/** PowerShell: what it is told to remove is known by name. */
export const powershell: Judge = (call, shell) => {
  const found = anyCode(call, shell)
  const texts = call.args.flatMap((field) => field.text.split(/[\s;|{}()'",]+/))
  const removes = texts.some((text) =>
    /^(?:remove-item|ri|del|rd|erase|clear-content|format-volume|clear-disk)$/i.test(text),
  )
  const destroyed = texts
    .filter((text) => /^[~/]|^\$HOME|^\.\./.test(text))
    .map((text) =>
      destroyPath(
        { text: text.replace('$HOME', shell.host.home).replace(/^~/, shell.host.home) },
        shell,
        true,
      ),
    )
  const loads =
    texts.some((text) => /^(?:iex|invoke-expression)$/i.test(text)) &&
    texts.some((text) => /^(?:iwr|irm|curl|wget|invoke-webrequest|invoke-restmethod|new-object)$/i.test(text))
  return worst([
    found,
    ...(removes ? destroyed : []),
    ...(loads ? [deny('remote-code', 'Code from the network would run unseen.')] : []),
  ])
}

/** Editors that run a command from their command line. */
export const editor: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const escapes = call.args.filter(
    (field) => field.text.includes('!') || /system\(|execute\(|popen\(|jobstart\(/.test(field.text),
  )
  const inner = escapes
    .map((field) => shell.runSource(field.text.slice(field.text.indexOf('!') + 1), { stdin: call.stdin }))
    .filter(({ verdict }) => verdict === 'deny')
  return worst([
    askAbout('interactive', `${call.name} is an editor.`, { call, shell }),
    ...(escapes.length > 0 ? [deny('option-runs', `${call.name} is told to run a command.`)] : []),
    ...inner,
  ])
}
