import { basename, dirname } from 'node:path'
import { asksAboutItself } from './commands/self-queries.ts'
import { commandJudges } from './commands/command-judges.ts'
import { type Field, isPlain, literal, shown } from './field.ts'
import { matchesGlob } from './glob-pattern.ts'
import type { Interpreter } from './interpreter.ts'
import { allow, ask, deny, type Outcome, worst } from './outcome.ts'
import { destroyPath } from './write-rules.ts'
import { runFile, writtenTo } from './run-file.ts'
import type { Call, Surroundings } from './shell.ts'
import { askAbout } from './tool.ts'

const programFolders = new Set([
  '/bin',
  '/usr/bin',
  '/usr/local/bin',
  '/sbin',
  '/usr/sbin',
  '/usr/local/sbin',
  '/opt/homebrew/bin',
  '/opt/local/bin',
  '/snap/bin',
])
const environmentFolders = new Set([
  '.venv/bin',
  'venv/bin',
  './.venv/bin',
  './venv/bin',
  'env/bin',
  './env/bin',
])
const binFolders = new Set(['vendor/bin', './vendor/bin', 'bin', './bin'])
const binPrograms = new Set(
  'phpunit simple-phpunit paratest pest phpstan psalm phpcs php-cs-fixer pint rector ecs phpmd parallel-lint deptrac codecept behat phpspec infection rails rspec rubocop rake brakeman erblint'.split(
    ' ',
  ),
)
const wrapperScripts: Readonly<Record<string, string>> = {
  './gradlew': 'gradle',
  './mvnw': 'mvn',
  './mill': 'mill',
  './sbt': 'sbt',
  './rebar3': 'rebar3',
  './pants': 'pants',
  './bazelw': 'bazel',
  './node_modules/.bin': 'npx',
  'node_modules/.bin': 'npx',
}
const worthFollowing = new Set(
  `rm shred dd sh bash zsh dash ksh ash python python3 perl ruby node php curl wget nc ncat netcat eval exec find chmod chown tee sudo
  mkfs shutdown reboot busybox xargs env cat tar cp mv git`.split(/\s+/),
)
const harmfulAlone = new Set(['mkfs', 'shutdown', 'reboot', 'sudo'])
const mostCandidates = 24

/** The judge's name for a program and what stands before its arguments. */
const programOf = (text: string): readonly string[] | undefined => {
  if (!text.includes('/')) return [text]
  const folder = dirname(text)
  const name = basename(text)
  if (programFolders.has(folder) || environmentFolders.has(folder)) return [name]
  if (binFolders.has(folder) && binPrograms.has(name)) return [name]
  const script = wrapperScripts[text]
  if (script) return [script]
  return wrapperScripts[folder] === 'npx' ? ['npx', '--no-install', name] : undefined
}

/** What stands behind a command nobody knows may be a command it starts, or a script: only a refusal counts. */
const refusedInside = (call: Call, outer: Interpreter): readonly Outcome[] =>
  (outer.isGuess ? [] : call.args.slice(0, mostCandidates)).flatMap((field, index) => {
    if (!isPlain(field)) return []
    const inner = outer.guess((shell) =>
      worthFollowing.has(basename(field.text))
        ? shell.runCommand(call.args.slice(index), { stdin: call.stdin })
        : field.text.includes(' ')
          ? shell.runSource(field.text, { stdin: call.stdin })
          : allow(),
    )
    return inner.verdict === 'deny' ? [inner] : []
  })

const unknownCommand = (call: Call, shell: Interpreter): Outcome => {
  const why = `"${shown([literal(call.name)])}" is not on the list of known commands.`
  return worst([askAbout('unknown-command', why, { call, shell }), ...refusedInside(call, shell)])
}

const isRecursive = (field: Field): boolean =>
  field.text.startsWith('-') && (field.text.toLowerCase().includes('r') || field.text.includes('f'))

/** Which program this is, is only known when it runs. */
const dynamicCommand = (name: Field, call: Call, shell: Interpreter): Outcome => {
  if (name.unknown === 'remote') return deny('remote-code', 'The network would choose the command.')
  const found = [
    askAbout('dynamic-command', 'Which command this is, is only known when it runs.', { call, shell }),
  ]
  found.push(...refusedInside(call, shell))
  if (call.args.some(isRecursive))
    for (const field of call.args.filter((arg) => !arg.text.startsWith('-') && arg.text !== '')) {
      const destroyed = destroyPath(field, shell, true)
      if (destroyed.verdict === 'deny') found.push(destroyed)
    }
  return worst(found)
}

/** A glob for a program: any known one it matches. */
const globCommand = (pattern: string, call: Call, outer: Interpreter): Outcome => {
  const chosen = ask('dynamic-command', 'A glob chooses the command.')
  if (outer.isGuess) return chosen
  const last = pattern.split('/').at(-1) ?? ''
  // A wide glob matches any program: those that do harm are enough to know.
  const isWide = matchesGlob(last, 'qqqqqq')
  const candidates = [...worthFollowing].flatMap((name) => {
    if (isWide && harmfulAlone.has(name)) return []
    const judge = matchesGlob(last, name) ? commandJudges.get(name) : undefined
    return judge ? [[name, judge] as const] : []
  })
  return worst([
    chosen,
    ...candidates.map(([name, judge]) => outer.guess((shell) => judge({ ...call, name }, shell))),
  ])
}

const judgeProgram = (call: Call, shell: Interpreter): Outcome => {
  const text = call.name
  const [name, ...before] = programOf(text) ?? []
  if (name !== undefined && before.length === 0 && asksAboutItself(name, call.args)) return allow()
  const judge = name === undefined ? undefined : commandJudges.get(name)
  if (name !== undefined && judge)
    return judge({ ...call, name, args: [...before.map(literal), ...call.args] }, shell)
  if (text.includes('/')) {
    const same = commandJudges.get(basename(text))?.({ ...call, name: basename(text) }, shell)
    const file = writtenTo(literal(text), shell)
      ? runFile(literal(text), shell, 'shell')
      : ask('runs-file', `"${text}" is not a program the policy knows.`)
    return worst([file, unknownCommand(call, shell), ...(same ? [same] : [])], { origin: 'data' })
  }
  // A file system that does not tell case apart runs `RM` as `rm`.
  const lower = commandJudges.get(text.toLowerCase())
  return lower
    ? worst([
        unknownCommand(call, shell),
        lower(
          {
            ...call,
            name: text.toLowerCase(),
            args: call.args.map((arg) => ({
              ...arg,
              text: arg.text.startsWith('-') ? arg.text.toLowerCase() : arg.text,
            })),
          },
          shell,
        ),
      ])
    : unknownCommand(call, shell)
}

const judgeNamed = (name: Field, call: Call, around: Surroundings & { shell: Interpreter }): Outcome => {
  const { shell } = around
  if (name.unknown !== undefined) return dynamicCommand(name, call, shell)
  if (name.pattern !== undefined) return globCommand(name.pattern, call, shell)
  const body = shell.state.functions.get(name.text)
  if (body) return shell.call(body, call.args, around)
  const alias = shell.state.aliases.get(name.text)
  const found = judgeProgram(call, shell)
  return alias === undefined ? found : worst([found, shell.runSource(alias, { stdin: call.stdin })])
}

/** Rules that a prefix written by the user does not lift: what they speak of is not in the prefix. */
const keptByPrefix = new Set(['outside-project', 'unknown-path', 'secret-in-tree', 'hostile-name'])

/** Judges an argv: the user's rules and the policy's own; deny beats everything. */
export const judgeArgv = (argv: readonly Field[], around: Surroundings, shell: Interpreter): Outcome => {
  shell.spend()
  const [name, ...args] = argv
  if (!name) return allow()
  const call: Call = { name: name.text, args, stdin: around.stdin, piped: around.piped === true }
  const found = judgeNamed(name, call, { ...around, shell })
  const rule = shell.host.userRule(argv)
  if (!rule || found.verdict === 'deny') return found
  const isLifting = rule.outcome.verdict === 'allow'
  if (isLifting && (found.verdict === 'allow' || (!rule.whole && keptByPrefix.has(found.rule)))) return found
  return { ...rule.outcome, ...(found.output && { output: found.output }) }
}
