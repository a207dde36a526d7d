import { checkAssignment, isGuardVariable } from '../check-assignment.ts'
import { type Field, hole, literal, type Scalar } from '../field.ts'
import { allow, ask, deny, type Origin, type Outcome, silence, worst } from '../outcome.ts'
import { readPath } from '../path-rules.ts'
import type { Judge, Shell } from '../shell.ts'
import { assign } from '../variables.ts'
import type { Unknown } from '../field.ts'

const split = (text: string): { name: string; value?: string } => {
  const at = text.indexOf('=')
  return at < 0 ? { name: text } : { name: text.slice(0, at).replace(/\+$/, ''), value: text.slice(at + 1) }
}

const isName = (text: string): boolean => /^[A-Za-z_]\w*$/.test(text)

/** export, declare, local, readonly: assignments as arguments. */
export const declares =
  (exports: boolean): Judge =>
  (call, shell) => {
    const options = call.args
      .filter((field) => field.text.startsWith('-') || field.text.startsWith('+'))
      .map((field) => field.text)
    const names = call.args.filter((field) => !options.includes(field.text))
    const exported = exports || options.some((option) => option.includes('x'))
    if (names.length === 0)
      return worst([ask('environment', 'It lists variables; they may hold credentials.')], {
        origin: 'secret',
      })
    const found = names.map((field) => {
      const { name, value } = split(field.text)
      if (!isName(name)) return ask('arithmetic', `"${name}" is not the name of a variable.`)
      if (value === undefined)
        return exported && !options.includes('-n') ? checkExportOf(name, shell) : allow(silence)
      const scalar: Scalar = { text: value, ...(field.unknown && { unknown: field.unknown }) }
      assign(name, [[scalar]], shell)
      return checkAssignment(name, [scalar], { exported, shell })
    })
    // A reference stands for another variable, an integer evaluates what it is given.
    if (options.some((option) => option.includes('n') || option.includes('i')) && !exports)
      found.push(
        ask('not-understood', 'The attribute changes what the variable means.'),
        ...references(names, shell),
      )
    if (options.some((option) => option.includes('f')))
      found.push(ask('environment', 'It exports or shows functions.'))
    return worst(found, silence)
  }

const checkExportOf = (name: string, shell: Shell): Outcome => {
  const values = shell.state.variables.get(name)?.flat()
  return values ? checkAssignment(name, values, { exported: true, shell }) : allow(silence)
}

/** `declare -n ref=name`: the reference has whatever value the other gets; it may be anything. */
const references = (names: readonly Field[], shell: Shell): readonly Outcome[] => {
  for (const field of names) {
    const { name, value } = split(field.text)
    const target = value === undefined ? undefined : shell.state.variables.get(value)
    shell.state.variables.set(name, target ?? [[hole('env')]])
  }
  return []
}

export const unset: Judge = (call, shell) => {
  const names = call.args.filter((field) => !field.text.startsWith('-'))
  const found = names.map(({ text }) => {
    if (text === 'HISTFILE') return deny('covers-tracks', 'Commands would no longer be recorded.')
    if (isGuardVariable(text) || text.toLowerCase().startsWith('ashlar'))
      return deny('self-modify', `${text} limits the agent.`)
    if (!isName(text)) return ask('arithmetic', `"${text}" is not the name of a variable.`)
    shell.state.variables.delete(text)
    return allow(silence)
  })
  return worst(found, silence)
}

const harmlessFlags = new Set('euxvpCfbmE')

const harmlessModes = new Set([
  'pipefail',
  'errexit',
  'nounset',
  'xtrace',
  'verbose',
  'noglob',
  'errtrace',
  'posix',
])

/** set: shell options, or the positional parameters. */
export const set: Judge = (call, shell) => {
  if (call.args.length === 0)
    return worst([ask('environment', 'It lists variables; they may hold credentials.')], { origin: 'secret' })
  const found: Outcome[] = []
  let at = 0
  for (; at < call.args.length; at++) {
    const text = call.args[at]?.text ?? ''
    if (text === '--' || !/^[-+]/.test(text)) break
    if (text.slice(1).includes('o')) {
      const mode = call.args[++at]?.text ?? ''
      if (mode === 'history') found.push(deny('covers-tracks', 'Commands would no longer be recorded.'))
      else if (!harmlessModes.has(mode))
        found.push(ask('unknown-option', `set is not known to be safe with "${mode}".`))
    } else if (
      text
        .slice(1)
        .split('')
        .some((flag) => !harmlessFlags.has(flag))
    )
      found.push(ask('unknown-option', `set is not known to be safe with "${text}".`))
  }
  const rest = call.args.slice(call.args[at]?.text === '--' ? at + 1 : at)
  if (call.args[at]?.text === '--' || rest.length > 0)
    shell.state.positional = shell.state.conditional > 0 ? [hole('env')] : rest
  return worst(found, silence)
}

const kindOf: Readonly<Record<Origin, Unknown>> = {
  none: 'name',
  words: 'name',
  paths: 'path',
  data: 'data',
  remote: 'remote',
  secret: 'secret',
}

/** read, mapfile: variables get what comes in. */
export const read: Judge = (call, shell) => {
  const valued = new Set(
    call.name === 'read'
      ? ['-d', '-i', '-n', '-N', '-p', '-t', '-u', '-a']
      : ['-d', '-n', '-O', '-s', '-u', '-C', '-c'],
  )
  const names = call.args.filter(
    (field, index) =>
      (!field.text.startsWith('-') && !valued.has(call.args[index - 1]?.text ?? '')) ||
      call.args[index - 1]?.text === '-a' ||
      (call.name === 'read' &&
        ['-r', '-s', '-er'].includes(call.args[index - 1]?.text ?? '') &&
        !field.text.startsWith('-')),
  )
  const found: Outcome[] = []
  if (call.args.some((field) => field.text.startsWith('-C')))
    found.push(ask('callback', 'It runs a command for each line.'))
  const { stdin } = call
  const raw = call.args.some((field) => field.text.startsWith('-') && field.text.includes('r'))
  const text = raw ? stdin.text : stdin.text?.replaceAll(/\\(.)/g, '$1')
  const words = text?.trim().split(/\s+/)
  const unknown = hole(stdin.origin === 'none' ? 'data' : kindOf[stdin.origin])
  const targets = names.length > 0 ? names : [literal('REPLY')]
  for (const [index, field] of targets.entries()) {
    if (!isName(field.text)) found.push(ask('arithmetic', `"${field.text}" is not the name of a variable.`))
    const rest = words && {
      text: index >= targets.length - 1 ? words.slice(index).join(' ') : (words[index] ?? ''),
    }
    // Where the line is split is for IFS to say, which may hold for this command alone.
    const values = rest ? (targets.length > 1 ? [[rest], [unknown]] : [[rest]]) : [[unknown]]
    const lines = text
      ?.split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ text: line }))
    assign(field.text, call.name === 'read' ? values : [lines ?? [unknown]], shell)
  }
  return worst(found, silence)
}

const unary = new Set([...'abcdefghkLnOGNprSstuwxz'].map((letter) => `-${letter}`))

const binary = new Set([
  '=',
  '==',
  '!=',
  '<',
  '>',
  '-eq',
  '-ne',
  '-lt',
  '-le',
  '-gt',
  '-ge',
  '-nt',
  '-ot',
  '-ef',
  '-a',
  '-o',
])

/** test and [: only looks at files, except that -v and arrays evaluate an index. */
export const test: Judge = (call, shell) => {
  const args = call.name === '[' ? call.args.slice(0, -1) : call.args
  const found = args.map((field, index) => {
    const before = args[index - 1]?.text ?? ''
    if (field.text === '-v' || field.text === '-R')
      return ask('arithmetic', 'Testing a variable by name may run what is in its index.')
    if (field.unknown === 'secret' && before !== '-n' && before !== '-z')
      return ask('secret-compare', 'A credential is compared.')
    if (binary.has(field.text) || unary.has(field.text) || ['!', '(', ')'].includes(field.text))
      return allow(silence)
    const isFile = unary.has(before) && !['-n', '-z', '-t'].includes(before)
    return isFile ? readPath(field, shell, 'names') : allow(silence)
  })
  return worst(found, silence)
}
