export {
  type AgentSettings,
  ashlarConfig,
  type AshlarConfig,
  ashlarPolicy,
  type CommandRuleSettings,
  loadAshlarConfig,
  type LoadAshlarOptions,
  type PermissionSettings,
  type ToolRuleSettings,
} from './ashlar-config.ts'
export { ashlarSchema } from './ashlar-schema.ts'
export { toAgentOptions } from './to-agent-options.ts'
