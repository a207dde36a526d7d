import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import type { Plugin } from '@ashlar/core'
import type { Config } from '@ashlar/config'
import type { AshlarConfig, PermissionSettings } from '@ashlar/config/ashlar'
import type { CommandPolicy } from '@ashlar/safety/policy'
import {
  type ApprovalMode,
  createYoloSession,
  jsonlTranscript,
  permissions as permissionsPlugin,
  type YoloSession,
} from '@ashlar/safety/permissions'
import type { Isolation } from '@ashlar/safety'
import { type CommandWrapper, execPolicy, execVerdict } from '@ashlar/workspace/exec'
import { commandRules, type SettingsPlace } from './load-settings.ts'
import { stateFolder } from './state-folder.ts'

export interface GuardOptions {
  /** In place of the configuration's. */
  readonly mode?: ApprovalMode | undefined
  /** Starts a session in which nobody is asked. @default false */
  readonly yolo?: boolean | undefined
  /** Masks secrets in what the model reads and in what is shown and kept. @default as the configuration says: true */
  readonly redact?: boolean | undefined
}

/** A session in which nobody is asked, and where it writes down what it allowed. */
export interface Yolo {
  readonly session: YoloSession
  readonly file: string
  /** What commands are fenced in by, or why they are not. */
  readonly isolation: Isolation
}

/** What holds for one agent. */
interface Guard {
  /** Whether something is said of tools: what the agent has needs the plugins then. */
  readonly isNeeded: boolean
  readonly plugins: readonly Plugin[]
  readonly yolo: Yolo | undefined
}

/** What the configuration and the options of a command let agents do. */
export interface Guards {
  /** For the agent to be made: they go by the name of the agent that runs. */
  readonly plugins: readonly Plugin[]
  readonly of: (agent: string) => Guard
}

type YoloSettings = NonNullable<PermissionSettings['yolo']>

const hour = 3_600_000

const startYolo = (env: SettingsPlace['env'], settings: YoloSettings): Pick<Yolo, 'session' | 'file'> => {
  const { hours = 4, rules = [] } = settings
  const folder = join(stateFolder(env), 'yolo')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${new Date().toISOString().replaceAll(':', '-')}-${process.pid}.jsonl`)
  const session = createYoloSession({ transcript: jsonlTranscript(file), durationMs: hours * hour, rules })
  return { session, file }
}

/** Fences in what runs unattended, where this machine can. */
const fence = (isolation: Isolation, { network = false, readable = [] }: YoloSettings): CommandWrapper => {
  const node = dirname(dirname(process.execPath))
  // The Node that runs this, where it has a folder of its own deep enough below the home; else only those named.
  const isDeep = node.startsWith(`${homedir()}/`) && relative(homedir(), node).split(sep).length >= 3
  const own = isDeep ? [node] : []
  return async (argv, { root, cwd, env }) => {
    const { isolate } = await import('@ashlar/safety')
    return isolate(argv, {
      root,
      cwd,
      env,
      network: network === true,
      readable: [...own, ...readable],
      isolation,
    })
  }
}

/** The plugin of that name of the agent that runs. */
const byAgent = (name: string, of: Guards['of']): Plugin => ({
  name,
  setup: (run) =>
    of(run.agent.name)
      .plugins.find((plugin) => plugin.name === name)
      ?.setup?.(run) ?? {},
})

/**
 * What the configuration lets agents do: rules about tools and commands, the approval mode, the session in which nobody
 * is asked.
 */
export const createGuards = async (
  config: Config<AshlarConfig>,
  { place, ...options }: GuardOptions & { readonly place: SettingsPlace },
): Promise<Guards> => {
  const isolation = options.yolo ? (await import('@ashlar/safety')).isolation() : undefined
  const home = place.env['HOME']
  const policyBy = (rules: ReturnType<typeof commandRules>): CommandPolicy => {
    // What judges commands is loaded with the first of them.
    let made: Promise<CommandPolicy> | undefined
    const make = async (): Promise<CommandPolicy> =>
      (await import('@ashlar/safety/policy')).createCommandPolicy({ rules, ...(home && { home }) })
    return async (command, context) => (await (made ??= make()))(command, context)
  }
  const make = (agent: string): Guard => {
    const { permissions } = config.forAgent(agent)
    const { tools = {}, rules = [], mode = 'ask' } = permissions ?? {}
    const { yolo: settings = {} } = permissions ?? {}
    const yolo = isolation && { ...startYolo(place.env, settings), isolation }
    const wrap = isolation?.kind === 'bubblewrap' ? fence(isolation, settings) : undefined
    const own = commandRules(config, { agent })
    const usual = policyBy(own)
    const loose = policyBy([...own, ...commandRules(config, { agent, list: ['yolo', 'commands'] })])
    const policy: CommandPolicy = (command, context) =>
      (yolo?.session.isActive() ? loose : usual)(command, context)
    const isNeeded = permissions !== undefined || options.mode !== undefined || yolo !== undefined
    const ruled = permissionsPlugin({
      rules: [...Object.entries(tools).map(([tool, verdict]) => ({ tool, verdict })), ...rules],
      mode: options.mode ?? mode,
      ...(yolo && { yolo: yolo.session }),
      check: (_, call) => execVerdict(call, { policy }),
    })
    return { isNeeded, yolo, plugins: [...(isNeeded ? [ruled] : []), execPolicy({ policy, wrap })] }
  }
  const made = new Map<string, Guard>()
  const of = (agent: string): Guard => {
    const guard = made.get(agent) ?? make(agent)
    made.set(agent, guard)
    return guard
  }
  return { plugins: [byAgent('permissions', of), byAgent('exec-policy', of)], of }
}
