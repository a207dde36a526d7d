import type { Agent, LanguageModel, Plugin } from '@ashlar/core'
import { oneLine } from '@ashlar/command'
import type { Config } from '@ashlar/config'
import type { AshlarConfig } from '@ashlar/config/ashlar'
import { type ChosenModel, describeChoice } from './choose-model.ts'
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
  const { kind, reason } = yolo.isolation
  const fenced =
    kind === 'none'
      ? `Commands are not fenced in: ${reason}`
      : 'Commands are fenced in by bubblewrap: they write in the workspace alone, but not in its .git'
  for (const line of [words, fenced]) stderr.write(`${paint(stderr, 'yellow', oneLine(line, 1_000))}\n`)
}

export interface GuardPluginsOptions extends GuardOptions {
  readonly terminal: Pick<Terminal, 'cwd' | 'env' | 'stderr'>
  /** What the command wants around the model and the tools. @default nothing */
  readonly plugins?: readonly Plugin[]
}

export interface GuardAgentOptions extends GuardPluginsOptions {
  /** The model asked for. @default that of the configuration, then by the environment */
  readonly model?: string | LanguageModel | undefined
  /** Told of the model that was chosen. */
  readonly onChoice?: (choice: ChosenModel) => void
}

/** What the configuration puts around an agent, the outermost first. */
const pluginsOf = async (
  config: Config<AshlarConfig>,
  { guards, options }: { readonly guards: Guards; readonly options: GuardPluginsOptions },
): Promise<readonly Plugin[]> => {
  const { redact = config.value.redact ?? true, plugins = [], terminal } = options
  const [{ configuredPlugin }, { spendingPlugin }] = await Promise.all([
    import('./configured-plugin.ts'),
    import('./spending-plugin.ts'),
  ])
  const spending = await spendingPlugin(config, terminal.env)
  return [
    ...(redact ? [await secretsPlugin(terminal.env)] : []),
    await configuredPlugin(config),
    ...guards.plugins,
    ...plugins,
    ...(spending ? [spending] : []),
  ]
}

const secretsPlugin = async (env: Terminal['env']): Promise<Plugin> => {
  const { guardrails, redaction } = await import('@ashlar/safety/guardrails')
  return guardrails({ guardrails: [redaction({ env, personal: false })] })
}

/** What holds in the folder of the terminal: the configuration, and what it lets agents do. */
const rulesOf = async (
  options: GuardPluginsOptions,
): Promise<{ readonly config: Config<AshlarConfig>; readonly guards: Guards }> => {
  const { terminal: place } = options
  const [{ createGuards }, { loadSettings }] = await Promise.all([
    import('./guards.ts'),
    import('./load-settings.ts'),
  ])
  const config = await loadSettings(place)
  return { config, guards: await createGuards(config, { ...options, place }) }
}

/** What `guardAgent` puts around an agent, for agents that are of no file of their own. @throws CommandError, ConfigError */
export const guardPlugins = async (options: GuardPluginsOptions): Promise<readonly Plugin[]> => {
  const { config, guards } = await rulesOf(options)
  return pluginsOf(config, { guards, options })
}

/** The agent of a file, under the settings and permissions of the configuration. @throws CommandError, ConfigError */
export const guardAgent = async (loaded: LoadedAgent, options: GuardAgentOptions): Promise<Agent> => {
  const { terminal, model: wanted, onChoice } = options
  const { stderr } = terminal
  const [{ configuredModel }, { config, guards }] = await Promise.all([
    import('./configured-model.ts'),
    rulesOf(options),
  ])
  if ('agent' in loaded) {
    announce(loaded.agent, guards, { stderr, isGuarded: false })
    return loaded.agent
  }
  const { section } = loaded
  const choose = async (model: string | undefined): Promise<LanguageModel> => {
    const chosen = await configuredModel(config, { model, section, env: terminal.env })
    onChoice?.(chosen)
    return chosen.model
  }
  const model = typeof wanted === 'object' ? wanted : await choose(wanted)
  const plugins = await pluginsOf(config, { guards, options })
  let isGuarded = false
  const agent = await makeAgent(loaded.create, {
    model,
    limits: config.forAgent(section).limits ?? {},
    // A file that never looks at them leaves them out.
    get plugins() {
      isGuarded = true
      return plugins
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
  return guardAgent(loaded, {
    ...options,
    onChoice: (chosen) => showChoice(terminal, describeChoice(chosen)),
  })
}

/** Names the model on stderr. */
const showChoice = ({ stderr }: Terminal, choice: string): void =>
  void stderr.write(`${paint(stderr, 'dim', oneLine(choice, 1_000))}\n`)
