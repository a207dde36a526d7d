import { checkAssignment, isGuardVariable } from '../check-assignment.ts'
import { type Field, hole, isPlain, literal, type Scalar } from '../field.ts'
import { allow, ask, deny, type Origin, type Outcome, silence, worst } from '../outcome.ts'
import { readPath } from '../path-rules.ts'
import { placesOf } from '../project-path.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { tool } from '../tool.ts'
import { assign } from '../variables.ts'
import type { Unknown } from '../field.ts'

const quiet = (options = '', operands: 'text' | 'none' | 'names' = 'none'): Judge =>
  tool({ options, operands, prints: 'words' })

/** Goes to a folder: what follows is judged from there. */
const cd: Judge = (call, shell) => {
  const [field = literal(shell.host.home)] = call.args.filter(
    (arg) => !['-P', '-L', '-e', '--'].includes(arg.text),
  )
  const before = shell.state.folders
  if (field.text === '-') {
    shell.state.folders = shell.state.previous
    shell.state.previous = before
    return before.length > 0 && shell.state.folders.length > 0 ? allow(silence) : unknownFolder
  }
  shell.state.previous = before
  if (field.unknown !== undefined) {
    const known = readPath(field, shell, 'names')
    shell.state.folders = []
    return worst([unknownFolder, known], silence)
  }
  return field.pattern === undefined ? enter(field, shell) : enterAny(field, shell)
}

const unknownFolder = ask('unknown-folder', 'The folder it goes to is not known.', silence)

const enter = (field: Field, shell: Shell): Outcome => {
  const before = shell.state.folders
  const places = placesOf(field, shell)
  const exists = places.every((place) => shell.host.files.kind(place.path) === 'directory')
  const isSure = exists && shell.state.conditional === 0
  if (!isSure && shell.state.mustSucceed) shell.state.assumedFolder = true
  const perhaps = isSure || shell.state.mustSucceed ? [] : before
  shell.state.folders = [...new Set([...places.map((place) => place.path), ...perhaps])].slice(0, 4)
  return worst(
    places.map((place) => (place.inside ? allow(silence) : outsideFolder(field, place.path, shell))),
    silence,
  )
}

/** `cd packages/*`: one of the folders it finds, all of which lie where its beginning says. */
const enterAny = (field: Field, shell: Shell): Outcome => {
  const found = readPath(field, shell, 'names')
  shell.state.folders = placesOf(field, shell).map((place) => `${place.path}/*`)
  return { ...found, output: silence }
}

const outsideFolder = (field: Field, path: string, shell: Shell): Outcome => {
  const found = readPath(literal(path), shell, 'names')
  return found.verdict === 'deny' ? found : ask('outside-project', `"${field.text}" is outside the project.`)
}

const split = (text: string): { name: string; value?: string } => {
  const at = text.indexOf('=')
  return at < 0 ? { name: text } : { name: text.slice(0, at).replace(/\+$/, ''), value: text.slice(at + 1) }
}

const isName = (text: string): boolean => /^[A-Za-z_]\w*$/.test(text)

/** export, declare, local, readonly: assignments as arguments. */
const declares =
  (exports: boolean): Judge =>
  (call, shell) => {
    const options = call.args
      .filter((field) => field.text.startsWith('-') || field.text.startsWith('+'))
      .map((field) => field.text)
    const names = call.args.filter((field) => !options.includes(field.text))
    const exported = exports || options.some((option) => option.includes('x'))
    if (names.length === 0 && (options.length === 0 || options.some((option) => option.includes('p'))))
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

const unset: Judge = (call, shell) => {
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

const harmlessFlags = new Set([...'euxvpCfbmE'])
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
const set: Judge = (call, shell) => {
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
    } else if ([...text.slice(1)].some((flag) => !harmlessFlags.has(flag)))
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
const read: Judge = (call, shell) => {
  const valued = new Set(['-d', '-i', '-n', '-N', '-p', '-t', '-u', '-a', '-C', '-c', '-O', '-s', '-k'])
  const names = call.args.filter(
    (field, index) =>
      (!field.text.startsWith('-') && !valued.has(call.args[index - 1]?.text ?? '')) ||
      call.args[index - 1]?.text === '-a' ||
      (['-r', '-s', '-er'].includes(call.args[index - 1]?.text ?? '') && !field.text.startsWith('-')),
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
const test: Judge = (call, shell) => {
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

const history: Judge = ({ args }) => {
  const changes = args.some((field) =>
    ['-c', '-d', '-w', '-a', '-r', '-n', '-p'].some((option) => field.text.startsWith(option)),
  )
  return changes
    ? deny('covers-tracks', 'The record of commands would be changed.')
    : worst([ask('secret', 'The history may hold credentials.')], { origin: 'secret' })
}

const sleep: Judge = ({ args }) => {
  const short =
    args.length > 0 &&
    args.every(
      (field) => isPlain(field) && Number.parseFloat(field.text) <= 3600 && /^[\d.]+[sm]?$/.test(field.text),
    )
  return short
    ? allow(silence)
    : ask('long-wait', 'It waits for an hour or more, or it is not known how long.')
}

const positions: Judge = (call, shell) => {
  const by = Number(call.args[0]?.text ?? 1)
  shell.state.positional = shell.state.positional.slice(Number.isInteger(by) && by > 0 ? by : 1)
  return allow(silence)
}

const letJudge: Judge = () => ask('arithmetic', 'let evaluates its arguments as arithmetic.')

export const builtinJudges: Readonly<Record<string, Judge>> = {
  cd,
  chdir: cd,
  pushd: cd,
  popd: (call: Call, shell) => cd({ ...call, args: [literal('-')] }, shell),
  dirs: quiet('-clpv'),
  pwd: tool({ options: '-LP', operands: 'none', prints: 'paths' }),
  ':': () => allow(silence),
  true: () => allow(silence),
  false: () => allow(silence),
  exit: quiet('-#', 'text'),
  return: quiet('-#', 'text'),
  break: quiet('', 'text'),
  continue: quiet('', 'text'),
  shift: positions,
  wait: quiet('-n', 'text'),
  jobs: quiet('-lnprs'),
  fg: quiet('', 'text'),
  bg: quiet('', 'text'),
  umask: quiet('-Sp', 'text'),
  ulimit: quiet('-aHScdflmnstuv#', 'text'),
  type: tool({ options: '-afpPt', operands: 'text', prints: 'data' }),
  which: tool({ options: '-as', operands: 'text', prints: 'paths' }),
  whereis: tool({ options: '-bms', operands: 'text', prints: 'paths' }),
  hash: quiet('-r', 'text'),
  export: declares(true),
  declare: declares(false),
  typeset: declares(false),
  local: declares(false),
  readonly: declares(false),
  unset,
  set,
  shopt: (call) =>
    call.args.every((field) =>
      [
        '-s',
        '-u',
        '-q',
        '-p',
        'nullglob',
        'globstar',
        'extglob',
        'failglob',
        'nocaseglob',
        'inherit_errexit',
      ].includes(field.text),
    )
      ? allow(silence)
      : ask('unknown-option', 'The shell option is not known to be harmless.'),
  read,
  mapfile: read,
  readarray: read,
  test,
  '[': test,
  let: letJudge,
  getopts: letJudge,
  history,
  fc: () => ask('eval', 'fc runs earlier commands.'),
  sleep,
  printenv: (call) =>
    call.args.some((field) => /token|secret|key|password/i.test(field.text))
      ? deny('secret', 'A credential would be printed.')
      : worst([ask('environment', 'The environment may hold credentials.')], { origin: 'secret' }),
}
