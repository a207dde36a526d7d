import { type Config, describeOrigin } from '@ashlar/config'
import {
  type AshlarConfig,
  type CommandRuleSettings,
  loadAshlarConfig,
  type PermissionSettings,
} from '@ashlar/config/ashlar'
import type { SchemaIssue } from '@ashlar/core/schema'
import type { CommandRule } from '@ashlar/safety/policy'

/** Where rules about commands are, below `permissions`. */
const lists = [['commands'], ['yolo', 'commands']] as const
type RuleList = (typeof lists)[number]

const rulesAt = (
  permissions: PermissionSettings | undefined,
  [first]: RuleList,
): readonly CommandRuleSettings[] => (first === 'yolo' ? permissions?.yolo : permissions)?.commands ?? []

/** Numbers that are references: what is looked up is text, and a limit that is no number limits nothing. */
const numberIssues = ({ agents = {}, ...common }: AshlarConfig): SchemaIssue[] =>
  [
    { path: [], own: common },
    ...Object.entries(agents).map(([name, own]) => ({ path: ['agents', name], own })),
  ].flatMap(({ path, own: { limits = {}, budget = {}, settings = {} } }) =>
    Object.entries({ limits, budget, settings: { ...settings, reasoning: undefined } }).flatMap(
      ([part, values]) =>
        Object.entries(values)
          .filter(([, value]) => value !== undefined && typeof value !== 'number')
          .map(([key]) => ({
            message: 'expected a number: a reference is a text',
            path: [...path, part, key],
          })),
    ),
  )

/**
 * What is wrong with rules that the schema cannot know: an example that does not hold, say. What judges commands is loaded
 * where there is a rule.
 */
export const checkSettings = async (config: AshlarConfig): Promise<readonly SchemaIssue[]> => {
  const { permissions, agents = {} } = config
  const numbers = numberIssues(config)
  if (numbers.length > 0) return numbers
  const found = [
    { path: ['permissions'], permissions },
    ...Object.entries(agents).map(([name, agent]) => ({
      path: ['agents', name, 'permissions'],
      permissions: agent.permissions,
    })),
  ].flatMap((place) =>
    lists.map((list) => ({ path: [...place.path, ...list], rules: rulesAt(place.permissions, list) })),
  )
  if (found.every(({ rules }) => rules.length === 0)) return []
  const { checkCommandRules } = await import('@ashlar/safety/policy')
  return found.flatMap((place) =>
    checkCommandRules(place.rules).map(({ message, path }) => ({ message, path: [...place.path, ...path] })),
  )
}

export interface SettingsPlace {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The configuration of the user and of the project that `cwd` is in. @throws ConfigError */
export const loadSettings = ({ cwd, env }: SettingsPlace): Promise<Config<AshlarConfig>> =>
  loadAshlarConfig({ cwd, env, check: checkSettings })

export interface CommandRulesOptions {
  /** @default what holds for all agents */
  readonly agent?: string | undefined
  /** Those of a session in which nobody is asked. @default ['commands'] */
  readonly list?: RuleList
}

/** Rules about commands, each with where it is written. */
export const commandRules = (
  config: Config<AshlarConfig>,
  { agent, list = ['commands'] }: CommandRulesOptions = {},
): readonly CommandRule[] => {
  const { permissions } = agent === undefined ? config.value : config.forAgent(agent)
  return rulesAt(permissions, list).map((rule, index) => {
    const origin = config.originOf(['permissions', ...list, index], agent)
    return { ...rule, ...(origin && { source: describeOrigin(origin) }) }
  })
}
