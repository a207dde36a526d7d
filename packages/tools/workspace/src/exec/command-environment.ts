import { InvalidArgument } from '@ashlar/core'

/** Passed on where they are set; everything else of this process's environment, keys and tokens above all, is not. */
const passed: readonly string[] = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  // What programs on Windows do not start without.
  'SYSTEMROOT',
  'COMSPEC',
  'PATHEXT',
  'TEMP',
  'TMP',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
]

/** Nobody is there to answer a question or to turn a page. */
const unattended = { TERM: 'dumb', NO_COLOR: '1', PAGER: 'cat', GIT_PAGER: 'cat', GIT_TERMINAL_PROMPT: '0' }

export interface CommandEnvironmentOptions {
  /** Names of further variables to pass on. */
  readonly passEnv?: readonly string[] | undefined
  /** Further variables with their values; they win. */
  readonly env?: Readonly<Record<string, string>> | undefined
}

/** The environment of a command: a short list of this process's variables, and what is given. */
export const commandEnvironment = (
  { passEnv = [], env = {} }: CommandEnvironmentOptions = {},
  from: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> => {
  for (const [name, value] of Object.entries(env))
    if (name === '' || /[=\0]/.test(name) || value.includes('\0'))
      throw new InvalidArgument('env', 'names without "=" and values without NUL', name)
  const own: Record<string, string> = {}
  for (const name of [...passed, ...passEnv]) {
    const value = from[name]
    if (value !== undefined) own[name] = value
  }
  return { ...own, ...unattended, ...env }
}
