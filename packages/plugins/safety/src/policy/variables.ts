import { HOLE, hole, joinScalars, scalar, type Field, type Unknown, worseUnknown } from './field.ts'
import { isSecretName } from './secret-name.ts'
import type { Host, ShellState, Variable } from './shell.ts'

/** Variables every session has whose values name nothing secret. */
const harmless = new Set(
  `USER LOGNAME HOSTNAME LANG LC_ALL TERM EDITOR VISUAL PAGER CI NODE_ENV TMPDIR OSTYPE HOSTTYPE MACHTYPE RANDOM SECONDS
  LINENO UID EUID PPID BASHPID BASH_VERSION SHLVL COLUMNS LINES TZ DISPLAY VIRTUAL_ENV GOPATH GOROOT JAVA_HOME
  NVM_DIR CARGO_HOME XDG_CONFIG_HOME XDG_DATA_HOME npm_package_version EPOCHSECONDS REPLY FUNCNAME PIPESTATUS
  PYTHONPATH MANPATH NODE_PATH CONDA_PREFIX ? $ ! # - _ *`.split(/\s+/),
)
const mostAlternatives = 8

const known = (name: string, host: Host, state: ShellState): Variable | undefined => {
  switch (name) {
    case 'HOME':
      return [[scalar(host.home)]]
    case 'PWD':
      return state.folders.length > 0 ? state.folders.map((folder) => [scalar(folder)]) : [[hole('env')]]
    case 'OLDPWD':
      return [[hole('env')]]
    case 'IFS':
      return [[scalar(' \t\n')]]
    // Their usual values: what is cut out of them (`${PATH:0:1}`) is then known.
    case 'PATH':
      return [[scalar('/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin')]]
    case 'SHELL':
    case 'BASH':
      return [[scalar('/bin/bash')]]
    case '0':
      return [[scalar('bash')]]
    case '@':
    case '*':
      return [state.positional]
    default:
      return undefined
  }
}

/** What a variable may hold. One that nobody set is empty or comes from the environment. */
export const lookUp = (name: string, host: Host, state: ShellState): Variable => {
  const set = state.variables.get(name)
  if (set) return set
  const usual = known(name, host, state)
  if (usual) return usual
  const digits = Number(name)
  if (name !== '' && Number.isInteger(digits))
    return [
      [state.positional[digits - 1] ?? (state.positional[0]?.text === HOLE ? hole('name') : scalar(''))],
    ]
  if (harmless.has(name) || name.startsWith('LC_')) return [[hole('name')]]
  if (isSecretName(name)) return [[hole('secret')]]
  return [[scalar('')], [hole('env')]]
}

const keyOf = (items: readonly Field[]): string =>
  items.map((item) => `${item.unknown ?? ''}\u0001${item.pattern ?? ''}\u0001${item.text}`).join('\u0002')

/** Different alternatives only, and one unknown instead of too many. */
export const fewVariables = (alternatives: Variable): Variable => {
  const different = new Map(alternatives.map((items) => [keyOf(items), items]))
  if (different.size <= mostAlternatives) return [...different.values()]
  const worst = [...different.values()]
    .flat()
    .reduce<Unknown>((found, item) => worseUnknown(found, item.unknown) ?? found, 'data')
  return [[hole(worst)]]
}

/** Sets a variable; where the assignment may not happen, the old value stays possible. */
export const assign = (
  name: string,
  value: Variable,
  { host, state }: { host: Host; state: ShellState },
): void => {
  const before = state.conditional > 0 ? lookUp(name, host, state) : []
  state.variables.set(name, fewVariables([...before, ...value]))
}

/** `name+=value`. */
export const append = (before: Variable, added: Variable, isList: boolean): Variable =>
  fewVariables(
    before.flatMap((items) =>
      added.map((more) => {
        if (isList) return [...items, ...more]
        const [first = scalar(''), ...rest] = items
        return [joinScalars([first, ...more], ''), ...rest]
      }),
    ),
  )
