import type { Agent } from '@ashlar/core'
import { oneLine } from '@ashlar/command'
import { chooseModel, describeChoice } from './choose-model.ts'
import { CommandError } from './exit-code.ts'
import type { GuardOptions, Guards } from './guards.ts'
import { type LoadedAgent, makeAgent } from './load-agent.ts'
import { paint, type Terminal } from './terminal.ts'

export interface EquipOptions extends GuardOptions {
  readonly terminal: Terminal
  /** As in `chooseModel`. */
  readonly model?: string | undefined
}

/** Says what holds for an agent. @throws CommandError when something is said of tools that cannot hold for its own */
const announce = (
  agent: Agent,
  guards: Guards,
  { terminal, isGuarded }: EquipOptions & { isGuarded: boolean },
) => {
  const { isNeeded, yolo } = guards.of(agent.name)
  if (isNeeded && !isGuarded && Object.keys(agent.tools).length > 0)
    throw new CommandError(
      'usage',
      'There are permissions, but the file takes no plugins to hold them: export ({ model, plugins }) => createAgent({ model, plugins, … })',
    )
  if (!yolo) return
  const until = new Date(yolo.session.until).toLocaleTimeString('en-GB')
  const words = `Nobody is asked until ${until}; what runs is written to ${yolo.file}`
  terminal.stderr.write(`${paint(terminal.stderr, 'yellow', oneLine(words, 1_000))}\n`)
}

/**
 * The agent of a file, under the permissions of the configuration; one that leaves its model open gets the chosen one,
 * which is named on stderr.
 * @throws CommandError, ConfigError
 */
export const equipAgent = async (loaded: LoadedAgent, options: EquipOptions): Promise<Agent> => {
  const { terminal, model } = options
  if ('agent' in loaded && model !== undefined)
    throw new CommandError(
      'usage',
      'The agent brings its own model: leave out --model, or export ({ model }) => createAgent({ model, … })',
    )
  const { createGuards } = await import('./guards.ts')
  const guards = await createGuards(terminal, options)
  if ('agent' in loaded) {
    announce(loaded.agent, guards, { ...options, isGuarded: false })
    return loaded.agent
  }
  const chosen = await chooseModel({ model, env: terminal.env })
  showChoice(terminal, describeChoice(chosen))
  let isGuarded = false
  const agent = await makeAgent(loaded.create, {
    model: chosen.model,
    // A file that never looks at them leaves them out.
    get plugins() {
      isGuarded = true
      return guards.plugins
    },
  })
  announce(agent, guards, { ...options, isGuarded })
  return agent
}

/** Names the model on stderr. */
export const showChoice = ({ stderr }: Terminal, choice: string): void =>
  void stderr.write(`${paint(stderr, 'dim', oneLine(choice, 1_000))}\n`)
