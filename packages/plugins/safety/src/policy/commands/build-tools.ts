import { text } from './named-judges.ts'
import { isPlain } from '../field.ts'
import { allow, ask, deny, noInput, worst } from '../outcome.ts'
import { optionSchema } from '../option-schema.ts'
import { hasOption, parseOptions } from '../parse-options.ts'
import type { Judge } from '../shell.ts'
import { askAbout, isHelp, judgeOption, tool } from '../tool.ts'

const targets = new Set(
  'test tests check lint build all-tests typecheck format-check fmt-check verify coverage html unit unit-test unit-tests test-unit integration-test help compile docs doc bench ci vet'.split(
    ' ',
  ),
)

export const make: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const parsed = parseOptions(
    call.args,
    optionSchema(
      '-nskiBwqjl -C/ -f<~ -j? -l? -o= --dry-run --just-print --recon --silent --quiet --keep-going --always-make --jobs? --directory/ --file<~ --no-print-directory --print-directory --question --warn-undefined-variables --eval=! -E=! -O? --output-sync? --trace -p',
    ),
  )
  const found = parsed.options.map((option) => judgeOption(option, call, shell))
  if (
    call.args.some((field) => field.text === '-f') &&
    parsed.options.some(({ value }) => value?.text === '-')
  )
    found.push(shell.runSource(call.stdin.text?.split(/[:;\n]/).join('\n') ?? '', { stdin: noInput }))
  if (call.args.some((field) => field.text === '-') && call.stdin.text !== undefined)
    found.push(...call.stdin.text.split(/[:;\n\t]/).map((line) => shell.runSource(line, { stdin: noInput })))
  if (parsed.unknown)
    return worst([
      askAbout('unknown-option', 'make is not known to be safe with its options.', { call, shell }),
      ...found,
    ])
  const variables = parsed.operands.filter((field) => field.text.includes('='))
  for (const field of variables) {
    const [name = '', ...value] = field.text.split('=')
    if (['SHELL', 'MAKE', 'CC', 'CXX', '.SHELLFLAGS', 'LD', 'AR'].includes(name.replace(/[:+?]$/, '')))
      found.push(deny('option-runs', `make runs the value of ${name}.`))
    else if (!/^[A-Z_]+$/.test(name) || !/^[\w.,-]*$/.test(value.join('=')))
      found.push(ask('environment', 'make expands and may run what it is given.'))
  }
  const names = parsed.operands.filter((field) => !field.text.includes('='))
  const isKnown = names.length > 0 && names.every((field) => isPlain(field) && targets.has(field.text))
  const dry =
    hasOption(parsed, '-q', '--question') ||
    (hasOption(parsed, '-n', '--dry-run', '--just-print', '--recon') && variables.length === 0)
  return worst([
    ...found,
    isKnown || dry ? allow() : askAbout('runs-script', 'What the target does is not known.', { call, shell }),
  ])
}

/** Goals with known names; with one of `looks` it only lists or shows them. */
export const goals = (names: string, options: string, looks: readonly string[] = []): Judge => {
  const known = new Set(names.split(' '))
  return tool({
    options,
    operands: 'text',
    refine: (parsed) =>
      hasOption(parsed, ...looks) ||
      (parsed.operands.length > 0 &&
        parsed.operands.every((field) => known.has(field.text.split(':').at(-1) ?? '')))
        ? undefined
        : ask('runs-script', 'What the target does is not known.'),
  })
}

export const versionOnly =
  (options: string): Judge =>
  (call, shell) =>
    isHelp(call) ||
    (call.args.length === 1 &&
      ['-v', '-V', '-version', '--version', 'version', '-dumpversion', '-dumpmachine'].includes(
        call.args[0]?.text ?? '',
      ))
      ? allow()
      : options === ''
        ? askAbout('runs-file', `${call.name} is not known to be safe like this.`, { call, shell })
        : text(options)(call, shell)

/** Targets that do more than build or test. */
const otherTargets =
  /(?:^|[-_.:])(?:install|uninstall|deploy|publish|release|upload|flash|push|clean|run|package|dist|rebuild_cache|edit_cache|format|fix|update)(?:$|[-_.:])/i

const cmakeBuild = tool({
  options: '-v -j? -t= --build/ --target= --config= --parallel? --verbose --clean-first --preset=',
  operands: 'text',
  refine: (parsed) =>
    [
      ...parsed.operands,
      ...parsed.options.flatMap(({ name, value }) =>
        ['-t', '--target'].includes(name) && value ? [value] : [],
      ),
    ].some((field) => !isPlain(field) || otherTargets.test(field.text))
      ? ask('runs-script', 'What the target does is not known.')
      : undefined,
})

const definitions =
  /^-D(?:CMAKE_(?:BUILD_TYPE|EXPORT_COMPILE_COMMANDS|(?:C|CXX)_STANDARD|VERBOSE_MAKEFILE|OSX_ARCHITECTURES|OSX_DEPLOYMENT_TARGET|COLOR_DIAGNOSTICS|INTERPROCEDURAL_OPTIMIZATION|POSITION_INDEPENDENT_CODE)(?::\w+)?=[\w.+;-]*|(?!CMAKE_)\w*(?:BUILD|ENABLE|WITH|USE|TEST|WARN|COVERAGE|SHARED|STATIC|DOCS|EXAMPLES|BENCH|SANITIZ)\w*(?::BOOL)?=(?:ON|OFF|YES|NO|TRUE|FALSE|0|1))$/i

const cmakeConfigure: Judge = (call, shell) =>
  tool({
    options: '-S/ -B> -G= --preset= -Wno-dev -Wdev --fresh --log-level= -A= -L -LA -LAH -N --list-presets',
    singleDash: true,
    operands: 'names',
  })({ ...call, args: call.args.filter((field) => !definitions.test(field.text)) }, shell)

/** `cmake -E` is a small shell: `rm`, `env`, `copy` and others. */
const cmakeCommands: Judge = (call, shell) => {
  const [verb, ...args] = call.args
  const names: Readonly<Record<string, string>> = {
    remove: 'rm',
    remove_directory: 'rm',
    copy: 'cp',
    copy_directory: 'cp',
    rename: 'mv',
    make_directory: 'mkdir',
    create_symlink: 'ln',
    cat: 'cat',
    tar: 'tar',
    touch: 'touch',
    echo: 'echo',
    sha256sum: 'sha256sum',
    md5sum: 'md5sum',
  }
  const name = names[verb?.text ?? ''] ?? verb?.text ?? ''
  const recursive =
    verb?.text === 'remove_directory'
      ? [{ text: '-rf' }]
      : verb?.text === 'copy_directory'
        ? [{ text: '-r' }]
        : []
  const inner = shell.runCommand(
    [{ text: name }, ...recursive, ...(name === 'mkdir' ? [{ text: '-p' }] : []), ...args],
    { stdin: noInput },
  )
  return ['capabilities', 'environment'].includes(name)
    ? ask('environment', 'It shows the environment.')
    : inner.verdict === 'allow' &&
        !['mkdir', 'touch', 'echo', 'sha256sum', 'md5sum', 'cat', 'cp'].includes(name)
      ? ask('wrapper', 'It runs a command by itself.')
      : inner
}

export const cmake: Judge = (call, shell) => {
  const [first, ...rest] = call.args
  if (first?.text === '--build') return cmakeBuild(call, shell)
  if (first?.text === '-E') return cmakeCommands({ ...call, args: rest }, shell)
  if (call.args.some((field) => field.text === '-P' || field.text === '-C'))
    return askAbout('runs-file', 'It runs a script.', { call, shell })
  return call.args.some((field) => /^(?:-[SB]|--preset|--list-presets|-N|\.\.?$)/.test(field.text))
    ? cmakeConfigure(call, shell)
    : versionOnly('')(call, shell)
}

export const ninjaGoals: Judge = goals('test all check', '-vnk= -C/ -j= -k= -t=~')
