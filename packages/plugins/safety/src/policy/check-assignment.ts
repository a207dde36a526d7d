import { parse } from 'unbash'
import { HOLE, type Scalar } from './field.ts'
import { allow, ask, deny, noInput, type Outcome, silence, worst } from './outcome.ts'
import type { Shell } from './shell.ts'

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/))

/** Variables that change only how much is shown or how a known tool behaves. */
const harmless =
  words(`CI NODE_ENV FORCE_COLOR NO_COLOR CLICOLOR TZ LANG LANGUAGE TERM COLUMNS LINES DEBUG LOG_LEVEL VERBOSE RUST_BACKTRACE RUST_LOG
  GOOS GOARCH CGO_ENABLED GOMAXPROCS PYTHONDONTWRITEBYTECODE PYTHONUNBUFFERED PYTHONHASHSEED PYTHONIOENCODING PYTHONUTF8 PYTEST_DISABLE_PLUGIN_AUTOLOAD
  GIT_TERMINAL_PROMPT GIT_OPTIONAL_LOCKS HUSKY TURBO_TELEMETRY_DISABLED NEXT_TELEMETRY_DISABLED DO_NOT_TRACK JEST_WORKER_ID VITEST PORT
  UV_NO_SYNC CARGO_TERM_COLOR CARGO_INCREMENTAL RAILS_ENV RACK_ENV APP_ENV MIX_ENV FLASK_ENV DJANGO_DEBUG BROWSER_TEST HEADLESS BABEL_ENV
  NODE_NO_WARNINGS NO_UPDATE_NOTIFIER TS_NODE_TRANSPILE_ONLY SKIP_E2E UPDATE_SNAPSHOTS GREP_COLOR LS_COLORS MALLOC_ARENA_MAX OMP_NUM_THREADS`)
/** Their value is a program or is run by one. */
const runs =
  words(`LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT DYLD_INSERT_LIBRARIES DYLD_LIBRARY_PATH BASH_ENV ENV PROMPT_COMMAND PS0 PS1 PS4 GIT_SSH GIT_SSH_COMMAND
  GIT_EXTERNAL_DIFF GIT_ASKPASS SSH_ASKPASS GIT_PROXY_COMMAND GIT_EXEC_PATH GIT_TEMPLATE_DIR GIT_CONFIG GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_CONFIG_COUNT
  GIT_CONFIG_PARAMETERS PERL5OPT PERL5LIB PERL5DB RUBYOPT RUBYLIB PYTHONSTARTUP PYTHONHOME PYTHONINSPECT PYTHONBREAKPOINT NODE_PATH NODE_REPL_EXTERNAL_MODULE
  JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS MAVEN_OPTS GRADLE_OPTS RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER CARGO_BUILD_RUSTC_WRAPPER CC CXX LD AR
  MAKEFLAGS MAKEFILES GOFLAGS GCC_EXEC_PREFIX COMPILER_PATH TAR_OPTIONS LESSOPEN LESSCLOSE BROWSER npm_config_script_shell npm_config_node_options
  npm_config_prefix npm_config_userconfig npm_config_globalconfig SHELL SHELLOPTS BASHOPTS CDPATH RIPGREP_CONFIG_PATH CURL_HOME WGETRC DOCKER_HOST DOCKER_CONFIG KUBECONFIG SUDO_ASKPASS
  PYTHONWARNINGS VIMINIT EXINIT INPUTRC TERMINFO GCONV_PATH HOSTALIASES IFS NLSPATH RSYNC_RSH CVS_RSH TEXMFCNF HISTFILE HISTSIZE HISTFILESIZE HISTCONTROL PIP_INDEX_URL PIP_EXTRA_INDEX_URL
  HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy NODE_TLS_REJECT_UNAUTHORIZED NODE_EXTRA_CA_CERTS HOME GIT_DIR GIT_WORK_TREE`)
const covers = words('HISTFILE HISTSIZE HISTFILESIZE HISTCONTROL')
const pagers = words('PAGER GIT_PAGER MANPAGER SYSTEMD_PAGER GH_PAGER LESS MORE DELTA_PAGER AWS_PAGER')
const editors = words('EDITOR VISUAL GIT_EDITOR GIT_SEQUENCE_EDITOR FCEDIT')
const viewers = words('cat less more true false : echo')
const guardWords = words(
  'ashlar gateway budget policy sandbox guard guardrail yolo approval approvals permission permissions',
)
const nodeOptions = words(
  '--no-warnings --enable-source-maps --experimental-vm-modules --trace-warnings --experimental-strip-types --no-deprecation --trace-deprecation --unhandled-rejections=strict --throw-deprecation',
)
const toggles = words('disable disabled off skip bypass 0 false')

/** Does the variable switch off what limits the agent? */
export const isGuardVariable = (name: string): boolean => {
  const parts = name.toLowerCase().split('_')
  return (
    parts[0] === 'ashlar' ||
    (parts.some((part) => guardWords.has(part)) &&
      (parts.some((part) => toggles.has(part)) || parts[0] === 'gateway'))
  )
}

const isNodeOption = (option: string): boolean => {
  const [name = '', value = ''] = option.split('=')
  return nodeOptions.has(option) || (name.startsWith('--max-') && Number.isInteger(Number(value)))
}

/** Programs named in a variable: judged as the command they are. */
const asCommand = (name: string, value: Scalar, shell: Shell): Outcome => {
  if (value.unknown) return ask('environment', `What ${name} is set to is only known when it runs.`)
  const script = parse(value.text)
  const command = script.commands[0]?.command
  const isViewer =
    command === undefined ||
    (command.type === 'Command' && command.suffix.length === 0 && viewers.has(command.name?.value ?? ''))
  if (isViewer && script.commands.length < 2) return allow(silence)
  const found = shell.runSource(value.text, { stdin: noInput })
  return found.verdict === 'deny'
    ? found
    : deny('environment', `${name} makes a command run another program.`)
}

const checkPath = (value: Scalar, shell: Shell): Outcome => {
  const foreign = value.text
    .split(':')
    .filter(
      (part) => !part.startsWith('/usr/') && part !== '/bin' && part !== '/sbin' && !part.startsWith(HOLE),
    )
  const isProject = (part: string): boolean =>
    part.startsWith('./') || part.startsWith(`${shell.host.root}/`) || part.startsWith('node_modules/')
  const isTools = (part: string): boolean => isProject(part) && part.endsWith('node_modules/.bin')
  if (foreign.length > 0 && foreign.every(isTools) && !value.text.includes('..')) return allow(silence)
  if (foreign.every(isProject)) return ask('environment', 'PATH decides which programs run.')
  return deny('environment', 'PATH would find programs outside the project first.')
}

const checkValue = (name: string, value: Scalar, shell: Shell): Outcome => {
  if (pagers.has(name)) return asCommand(name, value, shell)
  if (editors.has(name)) {
    const found = asCommand(name, value, shell)
    return found.verdict === 'deny' &&
      found.rule === 'environment' &&
      !value.text.includes(' ') &&
      !value.text.includes('/')
      ? ask('environment', `${name} chooses a program.`)
      : found
  }
  if (name === 'NODE_OPTIONS') {
    const isKnown =
      !value.unknown && value.text.split(' ').every((option) => option === '' || isNodeOption(option))
    return isKnown
      ? allow(silence)
      : deny('environment', 'NODE_OPTIONS would load code into every Node process.')
  }
  if (name === 'PATH') return checkPath(value, shell)
  if (name === 'GOFLAGS' && ['-mod=mod', '-mod=vendor', '-mod=readonly', '-count=1'].includes(value.text))
    return allow(silence)
  if (name === 'RUSTFLAGS')
    return ['-D warnings', '-Dwarnings', '-Awarnings', '-C target-cpu=native'].includes(value.text)
      ? allow(silence)
      : ask('environment', 'RUSTFLAGS can choose a linker.')
  if (covers.has(name)) return deny('covers-tracks', `${name} keeps commands out of the history.`)
  if (isGuardVariable(name)) return deny('self-modify', `${name} changes what limits the agent.`)
  if (name === 'PYTHONPATH' && !value.unknown) {
    const own = value.text
      .split(':')
      .every(
        (part) => part === '' || (!part.startsWith('/') && !part.startsWith('~') && !part.includes('..')),
      )
    return own ? allow(silence) : deny('environment', 'PYTHONPATH would load code from outside the project.')
  }
  if (
    runs.has(name) ||
    name.startsWith('GIT_CONFIG') ||
    name.startsWith('BASH_FUNC') ||
    /^CARGO_TARGET_\w+_(?:RUNNER|LINKER)$/.test(name) ||
    /^npm_config_(?:script_shell|node_options)$/i.test(name) ||
    name.startsWith('LD_') ||
    name.startsWith('DYLD_')
  )
    return deny('environment', `${name} changes what other commands run or trust.`)
  return ask('environment', `${name} is not on the list of harmless variables.`)
}

export interface AssignmentOptions {
  /** Commands started later see it. A plain `name=value` is seen only where the name was exported before. */
  readonly exported: boolean
  /** It holds for `read` alone: `IFS= read line`. */
  readonly forRead?: boolean
}

/** May the environment be changed like this? */
export const checkAssignment = (
  name: string,
  values: readonly Scalar[],
  options: AssignmentOptions & { shell: Shell },
): Outcome => {
  if (harmless.has(name) || name.startsWith('LC_')) return allow(silence)
  if (name === 'IFS' && (options.forRead || !options.exported)) return allow(silence)
  const sensitive =
    runs.has(name) ||
    pagers.has(name) ||
    editors.has(name) ||
    name === 'PATH' ||
    name === 'RUSTFLAGS' ||
    name === 'NODE_OPTIONS' ||
    name === 'PYTHONPATH' ||
    isGuardVariable(name)
  const prefixed = [
    'GIT_',
    'LD_',
    'DYLD_',
    'BASH_',
    'npm_',
    'NPM_',
    'PYTHON',
    'PERL',
    'RUBY',
    'NODE_',
    'CARGO_',
    'PIP_',
  ].some((prefix) => name.startsWith(prefix))
  if (!options.exported && !sensitive && !prefixed) return allow(silence)
  const texts: readonly Scalar[] = values.length > 0 ? values : [{ text: '' }]
  return worst(
    texts.map((value) => checkValue(name, value, options.shell)),
    silence,
  )
}
