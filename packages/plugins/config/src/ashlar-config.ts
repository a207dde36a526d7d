import type { StandardSchema } from '@ashlar/core/schema'
import { toValidator } from '@ashlar/core/schema'
import { ashlarSchema } from './ashlar-schema.ts'
import type { Config } from './config.ts'
import { loadConfig, type LoadConfigOptions } from './load-config.ts'
import type { Policy } from './policy.ts'

/** Whether something is done. */
export type Verdict = 'deny' | 'ask' | 'allow'

/** A rule about commands: a glob, or several, for each of the first words. */
export interface CommandRuleSettings {
  readonly pattern: readonly (string | readonly string[])[]
  readonly verdict: Verdict
  /** The pattern is the whole command. */
  readonly whole?: boolean
  readonly why?: string
  /** Commands it must, and must not speak about. */
  readonly match?: readonly string[]
  readonly notMatch?: readonly string[]
}

/** A rule about calls of tools: globs on names and on fields of the input. */
export interface ToolRuleSettings {
  readonly verdict: Verdict
  readonly tool: string | readonly string[]
  readonly agent?: string | readonly string[]
  readonly input?: Readonly<Record<string, string | readonly string[]>>
  readonly wildcards?: 'safe' | 'any'
  readonly why?: string
}

/** What agents may do unasked. Lists of rules add up: user's, project's, an agent's. */
export interface PermissionSettings {
  readonly mode?: 'plan' | 'ask' | 'auto'
  /** By the name of a tool, or a glob. */
  readonly tools?: Readonly<Record<string, Verdict>>
  readonly rules?: readonly ToolRuleSettings[]
  readonly commands?: readonly CommandRuleSettings[]
  /** What holds besides in a session in which nobody is asked. */
  readonly yolo?: {
    readonly hours?: number
    /** Where commands are fenced in: whether they may use the network, and what they may read below the home. */
    readonly network?: boolean
    readonly readable?: readonly string[]
    readonly rules?: readonly ToolRuleSettings[]
    readonly commands?: readonly CommandRuleSettings[]
  }
}

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
  readonly permissions?: PermissionSettings
}

/** What an `ashlar.config.*` holds. */
export interface AshlarConfig extends AgentSettings {
  /** Masks secrets in what models read, and in what is shown and kept. */
  readonly redact?: boolean
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

const verdicts = ['deny', 'ask', 'allow'] as const

/** What a project's file may only tighten. Where the user sets nothing, the base holds. */
export const ashlarPolicy: Policy = {
  'permissions.mode': { tighter: ['plan', 'ask', 'auto'], base: 'ask' },
  'permissions.tools.*': { tighter: verdicts, base: 'ask' },
  'permissions.rules': { tighter: 'superset', base: [] },
  'permissions.rules.*.verdict': { tighter: verdicts, base: 'ask' },
  'permissions.commands': { tighter: 'superset', base: [] },
  'permissions.commands.*.verdict': { tighter: verdicts, base: 'ask' },
  'permissions.yolo.hours': { tighter: 'less', base: 4 },
  'permissions.yolo.network': { tighter: [false, true], base: false },
  'permissions.yolo.readable': { tighter: 'subset', base: [] },
  'permissions.yolo.rules': { tighter: 'superset', base: [] },
  'permissions.yolo.rules.*.verdict': { tighter: verdicts, base: 'ask' },
  'permissions.yolo.commands': { tighter: 'superset', base: [] },
  'permissions.yolo.commands.*.verdict': { tighter: verdicts, base: 'ask' },
  // What `createAgent` takes where nothing is said.
  'limits.steps': { tighter: 'less', base: 20 },
  'limits.tokens': { tighter: 'less', base: Number.MAX_VALUE },
  'limits.callsPerTurn': { tighter: 'less', base: 16 },
  'limits.parallelCalls': { tighter: 'less', base: 8 },
  'limits.toolTimeoutMs': { tighter: 'less', base: 60_000 },
  'limits.repeats': { tighter: 'less', base: 3 },
  'budget.usd': { tighter: 'less', base: Number.MAX_VALUE },
  'budget.usdPerDay': { tighter: 'less', base: Number.MAX_VALUE },
  redact: { tighter: [true, false], base: true },
  'agents.*.tools': { tighter: 'subset', base: 'all' },
  'telemetry.enabled': { tighter: [false, true], base: false },
  'telemetry.content': { tighter: [false, true], base: false },
  'providers.*.apiKey': { tighter: 'unchanged' },
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
export type LoadAshlarOptions = Omit<
  LoadConfigOptions<StandardSchema<AshlarConfig, AshlarConfig>>,
  'schema' | 'jsonSchema' | 'policy'
>

/** Reads the configuration of Ashlar's own programs. @throws ConfigError with everything that is wrong, and where */
export const loadAshlarConfig = (options: LoadAshlarOptions = {}): Promise<Config<AshlarConfig>> =>
  loadConfig({ ...options, schema: ashlarConfig, policy: ashlarPolicy })
