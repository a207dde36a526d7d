import type { StandardSchema } from '@ashlar/core/schema'
import { toValidator } from '@ashlar/core/schema'
import { ashlarSchema } from './ashlar-schema.ts'
import type { Config } from './config.ts'
import { loadConfig, type LoadConfigOptions } from './load-config.ts'
import type { Policy } from './policy.ts'

/** Whether something is done. */
export type Verdict = 'deny' | 'ask' | 'allow'

/** What holds for all agents, and may be said for one. */
export interface AgentSettings {
  /** `provider/id`. */
  readonly model?: string
  /** Models to ask, in this order, when the first one fails. */
  readonly fallbacks?: readonly string[]
  readonly settings?: {
    readonly maxOutputTokens?: number
    readonly temperature?: number
    readonly topP?: number
    readonly seed?: number
    readonly reasoning?: 'none' | 'low' | 'medium' | 'high'
  }
  readonly limits?: {
    readonly steps?: number
    readonly tokens?: number
    readonly callsPerTurn?: number
    readonly parallelCalls?: number
    /** Milliseconds. */
    readonly toolTimeoutMs?: number
    readonly repeats?: number
  }
  /** US dollars in a run, and in a day. */
  readonly budget?: { readonly usd?: number; readonly usdPerDay?: number }
  readonly permissions?: {
    readonly mode?: 'plan' | 'ask' | 'auto'
    readonly tools?: Readonly<Record<string, Verdict>>
    readonly denyPaths?: readonly string[]
    readonly allowCommands?: readonly string[]
  }
}

/** What an `ashlar.config.*` holds. */
export interface AshlarConfig extends AgentSettings {
  readonly telemetry?: { readonly enabled?: boolean; readonly content?: boolean }
  readonly providers?: Readonly<
    Record<
      string,
      {
        readonly apiKey?: string
        readonly baseURL?: string
        readonly headers?: Readonly<Record<string, string>>
        readonly timeoutMs?: number
      }
    >
  >
  readonly agents?: Readonly<
    Record<
      string,
      AgentSettings & {
        readonly description?: string
        readonly instructions?: string
        readonly tools?: readonly string[]
      }
    >
  >
}

/** What a project's file may only tighten. Where the user sets nothing, the base holds. */
export const ashlarPolicy: Policy = {
  'permissions.mode': { tighter: ['plan', 'ask', 'auto'], base: 'ask' },
  'permissions.tools.*': { tighter: ['deny', 'ask', 'allow'], base: 'ask' },
  'permissions.denyPaths': { tighter: 'superset', base: [] },
  'permissions.allowCommands': { tighter: 'subset', base: [] },
  'budget.usd': { tighter: 'less', base: Number.MAX_VALUE },
  'budget.usdPerDay': { tighter: 'less', base: Number.MAX_VALUE },
  'telemetry.content': { tighter: [false, true], base: false },
  'providers.*.baseURL': { tighter: 'unchanged' },
  'providers.*.headers.*': { tighter: 'unchanged' },
}

const validate = toValidator(ashlarSchema)

/** `ashlarSchema` with the type of what it describes. */
export const ashlarConfig: StandardSchema<AshlarConfig, AshlarConfig> = {
  '~standard': {
    version: 1,
    vendor: 'ashlar',
    validate: async (value) => {
      const result = await validate(value)
      // The schema and the interface say the same.
      return result.issues ? result : { value: result.value as AshlarConfig }
    },
    jsonSchema: { input: () => ashlarSchema },
  },
}

/** Options of `loadAshlarConfig`: schema and policy are given. */
export type LoadAshlarOptions = Omit<LoadConfigOptions<StandardSchema>, 'schema' | 'jsonSchema' | 'policy'>

/** Reads the configuration of Ashlar's own programs. @throws ConfigError with everything that is wrong, and where */
export const loadAshlarConfig = (options: LoadAshlarOptions = {}): Promise<Config<AshlarConfig>> =>
  loadConfig({ ...options, schema: ashlarConfig, policy: ashlarPolicy })
