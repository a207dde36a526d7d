import type { Command, CommandIo } from '@ashlar/command'
import { CommandError } from './exit-code.ts'
import { guardAgent, guardPlugins } from './equip-agent.ts'
import { loadAgent } from './load-agent.ts'
import { type Terminal, untilInterrupted } from './terminal.ts'

interface PackageCommand {
  /** For the list of commands. */
  readonly description: string
  readonly load: () => Promise<Command>
}

/** The commands that other packages own, loaded when they are named. */
export const packageCommands: Readonly<Record<string, PackageCommand>> = {
  config: {
    description: 'Show and check the configuration',
    load: async () => {
      const [{ createConfigCommand }, { checkSettings }] = await Promise.all([
        import('@ashlar/config/cli'),
        import('./load-settings.ts'),
      ])
      return createConfigCommand({ check: checkSettings })
    },
  },
  cost: {
    description: 'Predict what a call costs; reports, budgets, prices',
    load: async () => (await import('@ashlar/cost/cli')).costCommand,
  },
  mcp: {
    description: 'Servers of the Model Context Protocol: list, call, serve',
    load: async () => (await import('@ashlar/mcp/cli')).mcpCommand,
  },
  plan: {
    description: 'Break a goal into tasks for agents, and run them',
    load: async () => (await import('@ashlar/orchestrator/cli')).planCommand,
  },
  policy: {
    description: 'Check what an agent may run',
    load: async () => {
      const [{ createPolicyCommand }, { commandRules, loadSettings }] = await Promise.all([
        import('@ashlar/safety/cli'),
        import('./load-settings.ts'),
      ])
      return createPolicyCommand({
        rules: async ({ agent, ...place }) => commandRules(await loadSettings(place), { agent }),
      })
    },
  },
  runs: {
    description: 'Recorded runs: start, resume, cancel, replay, watch',
    load: async () => (await import('@ashlar/orchestrator/cli')).runsCommand,
  },
  tokens: {
    description: 'Count the tokens of a text',
    load: async () => (await import('@ashlar/tokens/cli')).tokensCommand,
  },
  undo: {
    description: 'Take back what a run did to files',
    load: async () => (await import('@ashlar/workspace/cli')).undoCommand,
  },
}

const ioOf = (terminal: Terminal, signal: AbortSignal): CommandIo => {
  const { stdin, stdout, stderr, env, cwd } = terminal
  const choose = async (name?: string) => {
    const [{ configuredModel }, { loadSettings }] = await Promise.all([
      import('./configured-model.ts'),
      import('./load-settings.ts'),
    ])
    // A command that takes no agent is no agent's: what holds for all holds for it.
    return configuredModel(await loadSettings({ cwd, env }), { model: name, section: '', env })
  }
  return {
    stdin,
    stdout,
    stderr,
    env,
    cwd,
    signal,
    chooseModel: choose,
    agentPlugins: (plugins = []) => guardPlugins({ terminal, plugins }),
    loadAgent: async (target, { model: wanted, plugins = [] } = {}) => {
      const loaded = await loadAgent(target, { cwd })
      if ('agent' in loaded && plugins.length > 0)
        throw new CommandError(
          'usage',
          `${target} exports a finished agent, which takes no plugins: export ({ model, plugins }) => createAgent({ model, plugins })`,
        )
      if ('agent' in loaded && wanted !== undefined)
        throw new CommandError(
          'usage',
          `${target} has a model of its own: --model is for files that export a function`,
        )
      return guardAgent(loaded, { terminal, model: wanted, plugins })
    },
  }
}

/** Runs a command of a package, which reads its own arguments and says what is wrong itself. @returns its exit code */
export const runPackageCommand = async (
  { load }: PackageCommand,
  { args, terminal }: { readonly args: readonly string[]; readonly terminal: Terminal },
): Promise<number> => {
  const command = await load()
  return untilInterrupted(terminal, (signal) => command.run(args, ioOf(terminal, signal)))
}
