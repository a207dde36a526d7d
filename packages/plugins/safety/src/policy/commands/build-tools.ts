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

export const goals = (names: string, options: string): Judge => {
  const known = new Set(names.split(' '))
  return tool({
    options,
    operands: 'text',
    refine: (parsed) =>
      parsed.operands.length > 0 &&
      parsed.operands.every((field) => known.has(field.text.split(':').at(-1) ?? ''))
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

const cmakeBuild = tool({
  options: '-v -j? -t= --build/ --target= --config= --parallel? --verbose --clean-first --preset=',
  operands: 'text',
  refine: (parsed) =>
    parsed.options.some(
      ({ name, value }) =>
        (name === '-t' || name === '--target') && !targets.has(value?.text ?? '') && value?.text !== 'all',
    )
      ? ask('runs-script', 'What the target does is not known.')
      : undefined,
})

const cmakeConfigure = tool({
  options: '-S/ -B/ -G= --preset= -Wno-dev -DCMAKE_BUILD_TYPE=',
  singleDash: true,
  operands: 'names',
})

export const cmake: Judge = (call, shell) => {
  if (call.args[0]?.text === '--build') return cmakeBuild(call, shell)
  return call.args.some((field) => field.text === '-S' || field.text === '-B')
    ? cmakeConfigure(call, shell)
    : versionOnly('')(call, shell)
}

/** A compiler writes one file and runs nothing, except through `-wrapper`, `-fplugin`, `-B`. */
export const gcc: Judge = (call, shell) => {
  if (
    call.args.some((field) =>
      /^(?:-wrapper|-fplugin|-B|-specs|--specs|@|-Xlinker|-Wl,|-load)/.test(field.text),
    )
  )
    return deny('option-runs', `${call.name} is told to load or run a program.`)
  return versionOnly('')(call, shell)
}

export const ninjaGoals: Judge = goals('test all check', '-vnk= -C/ -j= -k= -t=~')
