const commands = ['up', 'down', 'status', 'env', 'run']

/** How the program is called, with the names of its engines. */
export const usage = (engines) => `usage: npm run services -- <command> [${engines.join('|')} …]

  up [engine …]                  starts the engines, prints their addresses
  down [engine …]                stops them and removes their data
  status [engine …]              says which run
  env [engine …]                 the addresses as lines for a shell: eval "$(npm run -s services -- env)"
  run [engine …] -- <command>    starts what can be started, runs the command with the addresses set, stops it again

Without names: all engines.`

/** `{ command, engines, rest }` of the program's arguments; an Error says what was expected. */
export const parseCommandLine = (args, known) => {
  const dashes = args.indexOf('--')
  const [command, ...named] = dashes === -1 ? args : args.slice(0, dashes)
  const rest = dashes === -1 ? [] : args.slice(dashes + 1)
  if (!commands.includes(command))
    throw new Error(`expected one of ${commands.join(', ')}, got ${command ?? 'nothing'}`)
  const unknown = named.find((name) => !known.includes(name))
  if (unknown) throw new Error(`no engine ${unknown}; there are ${known.join(', ')}`)
  if ((command === 'run') !== rest.length > 0)
    throw new Error(command === 'run' ? 'run needs a command after --' : `${command} takes nothing after --`)
  return { command, engines: named.length > 0 ? [...new Set(named)] : known, rest }
}
