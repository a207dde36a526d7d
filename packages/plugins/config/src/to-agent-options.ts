import type { AgentOptions } from '@ashlar/core'
import type { AshlarConfig } from './ashlar-config.ts'
import type { Config } from './config.ts'

/**
 * What `createAgent` takes of an agent's settings: `createAgent({ ...toAgentOptions(config, 'docs'), model })`. The names
 * of models and tools are for the registries that know them.
 */
export const toAgentOptions = (
  config: Config<AshlarConfig>,
  name: string,
): Pick<AgentOptions, 'name' | 'description' | 'instructions' | 'limits' | 'settings'> => {
  const { limits, settings } = config.forAgent(name)
  const { description, instructions } = config.value.agents?.[name] ?? {}
  return {
    name,
    ...(description !== undefined && { description }),
    ...(instructions !== undefined && { instructions }),
    ...(limits && { limits }),
    ...(settings && { settings }),
  }
}
