import { checkAssignment } from '../check-assignment.ts'
import { type Field, hole, literal } from '../field.ts'
import { optionSchema } from '../option-schema.ts'
import { allow, ask, noInput, type Origin, type Outcome, worst } from '../outcome.ts'
import { hasOption, optionValue, parseOptions } from '../parse-options.ts'
import type { Call, Judge } from '../shell.ts'
import { askAbout, isHelp, judgeOption } from '../tool.ts'

export const isAssignment = (text: string): boolean => {
  const at = text.indexOf('=')
  return at > 0 && !text.slice(0, at).includes('/') && !text.startsWith('-')
}

export const env: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const parsed = parseOptions(
    call.args,
    optionSchema('-i0v -u= -C/ -S= --ignore-environment --unset= --null --chdir/ --split-string= --debug'),
    true,
  )
  const line = optionValue(parsed, '-S', '--split-string')
  const found: Outcome[] = parsed.unknown
    ? [ask('unknown-option', 'env is not known to be safe with its options.')]
    : []
  if (hasOption(parsed, '-C', '--chdir'))
    found.push(ask('unknown-folder', 'The command runs in another folder.'))
  if (line)
    found.push(
      ask('dynamic-command', 'env splits a text into a command.'),
      shell.runSource([line, ...parsed.operands].map((field) => field.text).join(' '), { stdin: call.stdin }),
    )
  const count = parsed.operands.findIndex((field) => !isAssignment(field.text))
  const assignments = count < 0 ? parsed.operands : parsed.operands.slice(0, count)
  for (const field of assignments) {
    const at = field.text.indexOf('=')
    found.push(
      checkAssignment(field.text.slice(0, at), [{ ...field, text: field.text.slice(at + 1) }], {
        exported: true,
        shell,
      }),
    )
  }
  const argv = count < 0 ? [] : parsed.operands.slice(count)
  if (argv.length > 0) {
    const inner = shell.runCommand(argv, { stdin: call.stdin, piped: call.piped })
    return worst([inner, ...found], inner.output)
  }
  return worst(
    [ask('environment', 'The environment may hold credentials; they would reach the model.'), ...found],
    { origin: 'secret' },
  )
}

const readers = new Set(
  `wc cat head tail grep egrep fgrep rg ls file stat sha256sum sha1sum md5sum du nl basename dirname echo printf realpath readlink cut tac od xxd jq git-blame bat`.split(
    /\s+/,
  ),
)

/** Checkers of files or packages that are named for them: none of the options they know writes or runs anything. */
const checkers: readonly (readonly string[])[] = [
  ['go', 'vet'],
  ['go', 'test'],
  ['go', 'build'],
  ['shellcheck'],
  ['mypy'],
  ['flake8'],
  ['ruff', 'check'],
  ['eslint'],
  ['npx', 'eslint'],
  ['npx', 'prettier', '--check'],
  ['prettier', '--check'],
  ['gofmt', '-l'],
  ['gofmt', '-d'],
  ['black', '--check'],
  ['pylint'],
  ['yamllint'],
  ['rubocop'],
]

const added: Readonly<Record<Origin, Field | undefined>> = {
  none: undefined,
  words: { ...hole('name') },
  paths: { ...hole('path') },
  data: { ...hole('data') },
  remote: { ...hole('remote') },
  secret: { ...hole('secret') },
}

/** The arguments xargs takes from its input. */
export const fromInput = (call: Call, byLine: boolean): readonly Field[] => {
  const { text, origin } = call.stdin
  const field = added[origin]
  if (text === undefined) return field ? [field] : []
  const items = text
    .split(byLine ? '\n' : /\s+/)
    .filter((item) => item !== '')
    .map(literal)
  // xargs reads quotes and backslashes by its own rules: what it makes of them is not known.
  return /['"\\]/.test(text) ? [...items, hole('data')] : items
}

const xargsSchema = optionSchema(
  '-0rtpxo -I= -i? -n= -P= -L= -l? -d= -s= -a< -E= -e? --null --no-run-if-empty --max-args= --max-procs= --replace? --delimiter= --arg-file< --max-lines? --verbose --interactive --exit --open-tty',
)

export const xargs: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const parsed = parseOptions(call.args, xargsSchema, true)
  const found = parsed.options.map((option) => judgeOption(option, call, shell))
  if (parsed.unknown)
    found.push(askAbout('unknown-option', 'xargs is not known to be safe with its options.', { call, shell }))
  const argv = parsed.operands.length > 0 ? parsed.operands : [literal('echo')]
  const fromFile = hasOption(parsed, '-a', '--arg-file')
  const mark = optionValue(parsed, '-I')?.text ?? (hasOption(parsed, '-i', '--replace') ? '{}' : undefined)
  const stream = optionValue(parsed, '-a', '--arg-file')?.stream
  const input: readonly Field[] = stream
    ? fromInput({ ...call, stdin: stream }, mark !== undefined)
    : fromFile
      ? [{ ...hole('data') }]
      : fromInput(call, mark !== undefined)
  const runs = (items: readonly Field[]): Outcome => {
    if (mark === undefined) return shell.runCommand([...argv, ...items], { stdin: noInput })
    return worst(
      items.map((item) =>
        shell.runCommand(
          argv.map((field) =>
            field.text.includes(mark)
              ? {
                  ...field,
                  text: field.text.replaceAll(mark, item.text),
                  ...(item.unknown && { unknown: item.unknown }),
                }
              : field,
          ),
          { stdin: noInput },
        ),
      ),
    )
  }
  const inner =
    mark === undefined
      ? runs(input)
      : input.length > 0
        ? runs(input)
        : shell.runCommand(argv, { stdin: noInput })
  // What it is given to work on is whatever the input says: without it the command must be harmless, too.
  const alone = shell.runCommand(argv, { stdin: noInput })
  const isReader =
    readers.has(argv[0]?.text ?? '') ||
    (checkers.some((start) => start.every((text, index) => argv[index]?.text === text)) &&
      ['paths', 'words'].includes(call.stdin.origin))
  if (!isReader && inner.verdict === 'allow')
    found.push(ask('xargs', 'xargs hands over arguments that the policy has not seen.'))
  return worst([inner, ...(alone.verdict === 'deny' ? [alone] : []), ...found], inner.output)
}
