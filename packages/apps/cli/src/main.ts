import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { type CommandDef, renderUsage, runCommand as runCitty } from 'citty'
import { chatCommand } from './commands/chat.ts'
import { doctorCommand } from './commands/doctor.ts'
import { modelsCommand } from './commands/models.ts'
import { runCommand } from './commands/run.ts'
import { CommandError, exitCode } from './exit-code.ts'
import { nearestWord } from './nearest-word.ts'
import { packageCommands, runPackageCommand } from './package-commands.ts'
import { reportError } from './report-error.ts'
import { type Output, paint, type Terminal } from './terminal.ts'

const exitCodes = `EXIT CODES

  0 done   1 failed   2 wrong usage   3 paused for an approval   130 interrupted`

/** The version in the package's manifest, which lies above `src` and `dist` alike. */
const version = (): string => {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  )
  return manifest.version
}

const commandTree = (terminal: Terminal): CommandDef => ({
  meta: { name: 'ashlar', description: 'Agents in the terminal' },
  subCommands: {
    run: () => runCommand(terminal),
    chat: () => chatCommand(terminal),
    models: () => modelsCommand(terminal),
    doctor: () => doctorCommand(terminal),
    ...Object.fromEntries(
      Object.entries(packageCommands).map(([name, { description }]) => [
        name,
        { meta: { name, description } },
      ]),
    ),
  },
})

/** The command that the words name, with the words before it. */
const findCommand = async (tree: CommandDef, words: readonly string[]) => {
  let command = tree
  const path: string[] = ['ashlar']
  for (const word of words) {
    const { subCommands } = command
    if (
      typeof subCommands !== 'object' ||
      subCommands instanceof Promise ||
      !Object.hasOwn(subCommands, word)
    )
      break
    const sub: unknown = subCommands[word]
    command = typeof sub === 'function' ? await sub() : command
    path.push(word)
  }
  return { command, path, rest: words.slice(path.length - 1) }
}

const usageOf = async (
  command: CommandDef,
  { path, output }: { path: readonly string[]; output: Output },
): Promise<string> => {
  const parents = path.slice(0, -1).join(' ')
  const usage = await renderUsage(command, parents === '' ? undefined : { meta: { name: parents } })
  const full = parents === '' ? `${usage}\n\n${exitCodes}` : usage
  const text = `${full.replaceAll(/ +$/gm, '').trimEnd()}\n`
  // The renderer colours by the environment alone; ours is by the stream too.
  return paint(output, 'bold', 'x') === 'x' ? stripVTControlCharacters(text) : text
}

const unknownCommand = (
  word: string,
  { command, path }: { readonly command: CommandDef; readonly path: readonly string[] },
): CommandError => {
  const meant = nearestWord(word, Object.keys(command.subCommands ?? {}))
  const hint = meant === undefined ? '' : `, did you mean ${meant}?`
  return new CommandError('usage', `Unknown command "${word}"${hint}; see ${path.join(' ')} --help`)
}

const run = async (words: readonly string[], terminal: Terminal): Promise<void> => {
  const { command, path, rest } = await findCommand(commandTree(terminal), words)
  const end = rest.indexOf('--')
  const options = end < 0 ? rest : rest.slice(0, end)
  if (options.some((word) => word === '--help' || word === '-h')) {
    terminal.stdout.write(await usageOf(command, { path, output: terminal.stdout }))
  } else if (path.length === 1 && ['--version', '-v'].includes(rest[0] ?? '')) {
    terminal.stdout.write(`${version()}\n`)
  } else if (command.subCommands) {
    const [word] = rest
    if (word !== undefined) throw unknownCommand(word, { command, path })
    terminal.stderr.write(await usageOf(command, { path, output: terminal.stderr }))
    throw new CommandError('usage', 'Which command?')
  } else await runCitty(command, { rawArgs: [...rest] })
}

/** Runs the command that `words` spell; returns its exit code. */
export const main = async (words: readonly string[], terminal: Terminal): Promise<number> => {
  try {
    const asked = words[0] === 'help' ? [...words.slice(1), '--help'] : words
    const [word = '', ...args] = asked
    const owned = Object.hasOwn(packageCommands, word) ? packageCommands[word] : undefined
    if (owned) return await runPackageCommand(owned, { args, terminal })
    await run(asked, terminal)
    return exitCode.ok
  } catch (error) {
    return reportError(error, { terminal, words })
  }
}
