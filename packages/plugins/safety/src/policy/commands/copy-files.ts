import type { Field } from '../field.ts'
import { allow, ask, deny, someData, worst } from '../outcome.ts'
import { hasOption, optionValue, type ParsedArguments, parseOptions } from '../parse-options.ts'
import { optionSchema } from '../option-schema.ts'
import { readPath } from '../path-rules.ts'
import { placesOf } from '../project-path.ts'
import type { Judge, Shell } from '../shell.ts'
import { askAbout, isHelp, judgeOption } from '../tool.ts'
import { writtenTo } from '../run-file.ts'
import { destroyPath, writePath } from '../write-rules.ts'

export const lower = (parsed: ParsedArguments): boolean =>
  parsed.options.some(({ name }) => ['-r', '-R', '--recursive'].includes(name))

/** The last operand (or `-t`) is where it goes. */
const split = (parsed: ParsedArguments): { sources: readonly Field[]; target?: Field } => {
  const folder = optionValue(parsed, '-t', '--target-directory')
  if (folder) return { sources: parsed.operands, target: folder }
  const target = parsed.operands.at(-1)
  return { sources: parsed.operands.slice(0, -1), ...(target && { target }) }
}

const copySchema = optionSchema(
  '-aAfLPRrnpuvxHTdil -t/ --archive --recursive --no-clobber --preserve? --update? --verbose --parents --target-directory/ --no-target-directory --force --interactive --dereference --link',
)

const intoFolder = (target: Field, source: Field, shell: Shell): Field => {
  const isFolder =
    placesOf(target, shell).some((place) => shell.host.files.kind(place.real) === 'directory') ||
    target.text.endsWith('/')
  const name = source.text.split('/').findLast((part) => part !== '')
  return isFolder && name !== undefined && target.pattern === undefined && source.pattern === undefined
    ? { ...target, text: `${target.text}/${name}` }
    : target
}

export const cp: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const parsed = parseOptions(call.args, copySchema)
  if (parsed.unknown)
    return askAbout('unknown-option', `cp is not known to be safe with "${parsed.unknown.text}".`, {
      call,
      shell,
    })
  const { sources, target } = split(parsed)
  if (!target) return ask('unexpected-operand', 'cp needs a source and a target.')
  for (const place of placesOf(target, shell)) {
    const [first] = sources
    const written = first && writtenTo(first, shell)
    if (written) shell.state.written.set(place.path, written)
  }
  return worst(
    [
      ...sources.map((source) => readPath(source, shell, lower(parsed) ? 'tree' : 'content')),
      ...sources.map((source) => writePath(intoFolder(target, source, shell), shell)),
      writePath(target, shell, { keeps: true }),
    ],
    someData,
  )
}

export const mv: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const parsed = parseOptions(
    call.args,
    optionSchema('-finTuv -t/ -S= --force --no-clobber --verbose --backup? --target-directory/'),
  )
  const { sources, target } = split(parsed)
  return worst([
    ask('moves', 'It moves or renames files.'),
    ...sources.map((source) =>
      destroyPath(
        source,
        shell,
        placesOf(source, shell).some((place) => shell.host.traits(place.path).system),
      ),
    ),
    ...sources.map((source) => readPath(source, shell)),
    ...(target ? [writePath(target, shell)] : []),
  ])
}

export const grantsRoot = (mode: string): boolean =>
  /^[ugoa]*[+=][rwxXt]*s/.test(mode) ||
  (mode.length >= 4 && /^[0-7]+$/.test(mode) && /^0*[2-7]/.test(mode) && mode.replace(/^0+/, '').length >= 4)

/** install: makes folders, or copies a file with the rights it is given. */
export const install: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const parsed = parseOptions(
    call.args,
    optionSchema(
      '-cDdvpCT -m= -o=~ -g=~ -t/ -s~ -S= -b --directory --mode= --owner=~ --group=~ --target-directory/ --strip~ --strip-program! --verbose --compare --preserve-timestamps --backup? --no-target-directory',
    ),
  )
  const own = parsed.options.map((option) => judgeOption(option, call, shell))
  const mode = optionValue(parsed, '-m', '--mode')
  if (mode && grantsRoot(mode.text))
    own.push(deny('privilege', 'A program would run with the rights of its owner.'))
  if (parsed.unknown)
    own.push(askAbout('unknown-option', 'install is not known to be safe with its options.', { call, shell }))
  if (hasOption(parsed, '-d', '--directory'))
    return worst([
      ...own,
      ...(mode ? [ask('permissions', 'It chooses who may use the folder.')] : []),
      ...parsed.operands.map((field) => writePath(field, shell, { keeps: true })),
    ])
  const { sources, target } = split(parsed)
  return worst([
    ask('moves', 'install copies programs into place.'),
    ...own,
    ...sources.filter((source) => source.text !== '/dev/null').map((source) => readPath(source, shell)),
    ...(target
      ? [
          writePath(target, shell),
          ...sources.map((source) => writePath(intoFolder(target, source, shell), shell)),
        ]
      : []),
  ])
}

/** A link makes its target reachable under another name. */
export const ln: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const parsed = parseOptions(
    call.args,
    optionSchema('-sfnrvTPLi -t/ --symbolic --force --no-dereference --relative'),
  )
  const { sources, target } = split(parsed)
  return worst([
    ask('links', 'A link makes files reachable under another name.'),
    ...(parsed.operands.length === 1 ? parsed.operands : sources).map((source) => readPath(source, shell)),
    ...(target && parsed.operands.length > 1 ? [writePath(target, shell)] : []),
  ])
}
