import { isPlain } from '../field.ts'
import { allow, ask, deny, worst } from '../outcome.ts'
import { readPath, scanForSecrets } from '../path-rules.ts'
import type { Call, Judge } from '../shell.ts'
import { askAbout, isHelp, tool } from '../tool.ts'
import { destroyPath, writePath } from '../write-rules.ts'

export const archive: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const [first, ...rest] = call.args
  // Old spelling: `tar czf x` is `tar -czf x`.
  const args =
    first && !first.text.startsWith('-') && isPlain(first)
      ? [{ ...first, text: `-${first.text}` }, ...rest]
      : call.args
  const common =
    '-cxtrudzjJavkpmhwSWOBPl -f= -C/ -I! -T<~ -X< -b= -V= -N= -g>~ -H= -K= -F! --create --extract --list --append --update --file= --directory/ --gzip --bzip2 --xz --zstd --auto-compress --verbose --exclude= --exclude-vcs --exclude-from< --strip-components= --wildcards --no-wildcards --sort= --owner= --group= --mtime= --numeric-owner --to-stdout --dereference --totals --transform= --xform= --use-compress-program! --to-command! --checkpoint? --checkpoint-action! --rsh-command! --rmt-command! --info-script! --new-volume-script! --one-file-system --ignore-failed-read --anchored --exclude-caches --warning= --same-owner --no-same-owner --no-same-permissions --keep-old-files --occurrence? --full-time --files-from<~ --listed-incremental>~ --lzma --lzip --delete~ --get --diff --compare --remove-files'
  const isList = flag(args, 't', '--list')
  return tool({
    options: common,
    operands: 'text',
    prints: 'data',
    refine: (parsed) => {
      const name = parsed.options.findLast(
        (option) => option.name === '-f' || option.name === '--file',
      )?.value
      const remote =
        name && /^[^/]+:/.test(name.text) ? [ask('network', 'The archive lies on another machine.')] : []
      if (isList) return worst([...remote, ...(name ? [readPath(name, shell)] : [])])
      if (flag(args, 'c', '--create')) {
        const sources = parsed.operands.map((field) => readPath(field, shell, 'tree'))
        if (parsed.options.some((option) => option.name === '--remove-files'))
          sources.push(...parsed.operands.map((field) => destroyPath(field, shell, true)))
        return worst([
          ...remote,
          ...sources,
          ...(name && name.text !== '-'
            ? [ask('changes-files', 'It writes an archive.'), scanForSecrets([name], shell)]
            : []),
        ])
      }
      const folder = parsed.options.findLast(
        (option) => option.name === '-C' || option.name === '--directory',
      )?.value
      const prints = flag(args, 'O', '--to-stdout') && flag(args, 'x', '--extract')
      return worst([
        ...remote,
        ...(prints
          ? []
          : [
              ask('changes-files', 'It unpacks or changes files.'),
              ...(folder ? [writePath(folder, shell)] : []),
            ]),
        ...(name ? [readPath(name, shell)] : []),
      ])
    },
  })({ ...call, args }, shell)
}

const flag = (args: Call['args'], letter: string, long: string): boolean =>
  args.some(
    (field) =>
      field.text === long ||
      (field.text.startsWith('-') &&
        !field.text.startsWith('--') &&
        field.text.slice(1).split('f')[0]?.includes(letter) === true),
  )

export const zip: Judge = (call, shell) => {
  const texts = call.args.map((field) => field.text)
  if (
    texts.some(
      (text) => text.startsWith('-TT') || text === '--unzip-command' || text.startsWith('--unzip-command='),
    )
  )
    return deny('option-runs', 'zip runs the program named by -TT.')
  return worst([
    ask('changes-files', 'It writes an archive.'),
    ...call.args
      .filter((field) => !field.text.startsWith('-'))
      .map((field) => readPath(field, shell, 'tree'))
      .filter(({ verdict }) => verdict === 'deny'),
  ])
}

/** 7z: lists and tests; with `-sdel` it deletes what it packs. */
export const sevenZip: Judge = (call, shell) => {
  const [verb, ...rest] = call.args
  if (verb?.text === 'l' || verb?.text === 't')
    return tool({ options: '-slt -ba -bd -y -r', singleDash: true })({ ...call, args: rest }, shell)
  const files = rest.filter((field) => !field.text.startsWith('-'))
  return worst([
    askAbout('changes-files', 'It makes or unpacks an archive.', { call, shell }),
    ...(rest.some((field) => field.text === '-sdel')
      ? files.slice(1).map((field) => destroyPath(field, shell, true))
      : []),
  ])
}

export const unzip: Judge = (call, shell) =>
  call.args.some((field) => ['-l', '-v', '-t', '-Z', '-Z1', '-p', '-lv'].includes(field.text))
    ? tool({
        options: '-lvtZp1qC',
        operands: 'text',
        refine: (parsed) => worst(parsed.operands.slice(0, 1).map((field) => readPath(field, shell))),
      })(call, shell)
    : askAbout('changes-files', 'It unpacks files.', { call, shell })
