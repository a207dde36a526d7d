import type { Agent } from '@ashlar/core'
import { oneLine } from '@ashlar/command'
import { chooseModel, describeChoice } from './choose-model.ts'
import { CommandError } from './exit-code.ts'
import type { GuardOptions, Guards } from './guards.ts'
import { type AgentParts, type LoadedAgent, makeAgent } from './load-agent.ts'
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
  { stderr, isGuarded }: { readonly stderr: Terminal['stderr']; readonly isGuarded: boolean },
): void => {
  const { isNeeded, yolo } = guards.of(agent.name)
  if (isNeeded && !isGuarded && Object.keys(agent.tools).length > 0)
    throw new CommandError(
      'usage',
      'There are permissions, but the file takes no plugins to hold them: export ({ model, plugins }) => createAgent({ model, plugins, … })',
    )
  if (!yolo) return
  const until = new Date(yolo.session.until).toLocaleTimeString('en-GB')
  const words = `Nobody is asked until ${until}; what runs is written to ${yolo.file}`
  stderr.write(`${paint(stderr, 'yellow', oneLine(words, 1_000))}\n`)
}

export interface GuardAgentOptions extends GuardOptions {
  readonly terminal: Pick<Terminal, 'cwd' | 'env' | 'stderr'>
  /** What an agent that leaves it open is made of, the permissions left out; asked for when the configuration is good. */
  readonly parts: () => AgentParts | Promise<AgentParts>
}

/** The agent of a file, under the permissions of the configuration. @throws CommandError, ConfigError */
export const guardAgent = async (loaded: LoadedAgent, options: GuardAgentOptions): Promise<Agent> => {
  const { stderr } = options.terminal
  const { createGuards } = await import('./guards.ts')
  const guards = await createGuards(options.terminal, options)
  if ('agent' in loaded) {
    announce(loaded.agent, guards, { stderr, isGuarded: false })
    return loaded.agent
  }
  const { model, plugins } = await options.parts()
  let isGuarded = false
  const agent = await makeAgent(loaded.create, {
    model,
    // A file that never looks at them leaves them out.
    get plugins() {
      isGuarded = true
      return [...guards.plugins, ...plugins]
    },
  })
  announce(agent, guards, { stderr, isGuarded })
  return agent
}

/**
 * The agent of a file; one that leaves its model open gets the chosen one, which is named on stderr.
 * @throws CommandError, ConfigError
 */
export const equipAgent = async (loaded: LoadedAgent, options: EquipOptions): Promise<Agent> => {
  const { terminal, model } = options
  if ('agent' in loaded && model !== undefined)
    throw new CommandError(
      'usage',
      'The agent brings its own model: leave out --model, or export ({ model }) => createAgent({ model, … })',
    )
  const parts = async (): Promise<AgentParts> => {
    const chosen = await chooseModel({ model, env: terminal.env })
    showChoice(terminal, describeChoice(chosen))
    return { model: chosen.model, plugins: [] }
  }
  return guardAgent(loaded, { ...options, parts })
}

/** Names the model on stderr. */
export const showChoice = ({ stderr }: Terminal, choice: string): void =>
  void stderr.write(`${paint(stderr, 'dim', oneLine(choice, 1_000))}\n`)
