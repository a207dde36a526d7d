export {
  type AgentSettings,
  ashlarConfig,
  type AshlarConfig,
  ashlarPolicy,
  loadAshlarConfig,
  type LoadAshlarOptions,
} from './ashlar-config.ts'
export { ashlarSchema } from './ashlar-schema.ts'
export { toAgentOptions } from './to-agent-options.ts'
