import type { Agent, AgentOptions } from './agent.ts'
import { checkKeys } from './check-keys.ts'
import { checkTools, createAgent } from './create-agent.ts'
import { InvalidArgument } from './errors.ts'
import type { LanguageModel } from './model.ts'
import type { Plugin } from './plugin.ts'
import type { Tools } from './tool.ts'

type Metadata = Pick<AgentOptions, 'name' | 'description'>
type Config = Pick<AgentOptions, 'limits' | 'settings' | 'stopWhen'>

/** Builds an agent verb by verb. Every verb returns a new builder; `build` compiles once there is a model. */
export interface AgentBuilder<HasModel extends boolean = boolean> {
  readonly hasModel: HasModel
  readonly model: (model: LanguageModel) => AgentBuilder<true>
  readonly instructions: (text: string) => AgentBuilder<HasModel>
  /** Adds tools. */
  readonly tools: (tools: Tools) => AgentBuilder<HasModel>
  /** Adds the tools of MCP servers; the same as `tools`. */
  readonly mcp: (tools: Tools) => AgentBuilder<HasModel>
  /** Adds a plugin. */
  readonly use: (plugin: Plugin) => AgentBuilder<HasModel>
  /** `use` by the name of what the plugin is for, and so are the next three. */
  readonly memory: (plugin: Plugin) => AgentBuilder<HasModel>
  readonly db: (plugin: Plugin) => AgentBuilder<HasModel>
  readonly vectorDb: (plugin: Plugin) => AgentBuilder<HasModel>
  readonly knowledgeBase: (plugin: Plugin) => AgentBuilder<HasModel>
  readonly metadata: (metadata: Metadata) => AgentBuilder<HasModel>
  /** Adds to what was configured before, each limit and setting by itself. */
  readonly config: (config: Config) => AgentBuilder<HasModel>
  /** @throws InvalidArgument as `createAgent` does */
  build(this: AgentBuilder<true>): Agent
}

const only = <T extends object>(verb: string, allowed: readonly (keyof T & string)[], given: T): T => {
  checkKeys(given, allowed, verb)
  return given
}

const from = <HasModel extends boolean>(
  options: Partial<AgentOptions>,
  hasModel: HasModel,
): AgentBuilder<HasModel> => {
  const and = (more: Partial<AgentOptions>): AgentBuilder<HasModel> => from({ ...options, ...more }, hasModel)
  const use = (plugin: Plugin): AgentBuilder<HasModel> =>
    and({ plugins: [...(options.plugins ?? []), plugin] })
  const tools = (more: Tools): AgentBuilder<HasModel> => {
    checkTools(more)
    for (const name of Object.keys(more))
      if (options.tools && Object.hasOwn(options.tools, name))
        throw new InvalidArgument('tools', `one tool named ${name}`, 'two')
    return and({ tools: { ...options.tools, ...more } })
  }
  return {
    hasModel,
    model: (model) => from({ ...options, model }, true),
    instructions: (instructions) => and({ instructions }),
    tools,
    mcp: tools,
    use,
    memory: use,
    db: use,
    vectorDb: use,
    knowledgeBase: use,
    metadata: (metadata) => and(only('metadata', ['name', 'description'], metadata)),
    config: (config) =>
      and({
        ...only('config', ['limits', 'settings', 'stopWhen'], config),
        limits: { ...options.limits, ...config.limits },
        settings: { ...options.settings, ...config.settings },
      }),
    build: () => {
      const { model, ...rest } = options
      if (!model) throw new InvalidArgument('model', 'a call of model(…) before build()', model)
      return createAgent({ ...rest, model })
    },
  }
}

/** Starts a builder: `agentBuilder().model(m).tools({ add }).use(memory(store)).build()`. */
export const agentBuilder = (): AgentBuilder<false> => from({}, false)
