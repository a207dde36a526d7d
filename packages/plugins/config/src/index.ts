export {
  type AgentSettings,
  ashlarConfig,
  type AshlarConfig,
  ashlarPolicy,
  loadAshlarConfig,
  type LoadAshlarOptions,
} from './ashlar-config.ts'
export { ashlarSchema } from './ashlar-schema.ts'
export type { Config, ConfigEntry } from './config.ts'
export { ConfigError, type ConfigIssue, describeIssue } from './config-error.ts'
export { userFolderOf } from './find-files.ts'
export { loadConfig, type LoadConfigOptions } from './load-config.ts'
export { describeOrigin, type LayerName, type Origin } from './origin.ts'
export type { Policy, PolicyRule, Tighter } from './policy.ts'
export { UnresolvedReference } from './resolve-references.ts'
export { openTrust, type TrustedFile, type TrustStore } from './trust.ts'
export { type ConfigWatch, watchConfig, type WatchConfigOptions } from './watch-config.ts'
