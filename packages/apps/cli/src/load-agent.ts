import { access, readdir } from 'node:fs/promises'
import { basename, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Agent, type AgentOptions, isObject, type LanguageModel, type Plugin } from '@ashlar/core'
import { CommandError } from './exit-code.ts'
import { describeLoadFailure } from './load-failure.ts'

/** What an agent is made of that its file leaves open. */
export interface AgentParts {
  /** The one chosen for it. */
  readonly model: LanguageModel
  /** What is put around the model and the tools (permissions, a journal): put them last. */
  readonly plugins: readonly Plugin[]
  /** Those of the configuration: what its `limits` raise is only raised by `createAgent({ limits, … })`. */
  readonly limits: NonNullable<AgentOptions['limits']>
}

/** What an agent file may export instead of an agent, to be given what it leaves open. */
export type AgentFactory = (parts: AgentParts) => Agent | Promise<Agent>

/** An agent found in a file, or what makes one. */
export type LoadedAgent =
  | { readonly agent: Agent }
  | {
      readonly create: AgentFactory
      /** The agent's section of the configuration, as its file is called: `docs` of `docs.agent.ts`. */
      readonly section: string
    }

const endings = ['.ts', '.mts', '.js', '.mjs']

const isAgent = (value: unknown): value is Agent =>
  isObject(value) &&
  typeof value['run'] === 'function' &&
  typeof value['name'] === 'string' &&
  isObject(value['tools'])

const isFactory = (value: unknown): value is AgentFactory => typeof value === 'function'

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/** Names of the agents in `./agents`. */
const namesIn = async (folder: string): Promise<string[]> => {
  const files = await readdir(folder).catch(() => [])
  return files.flatMap((file) => /^(.+)\.agent\.m?[jt]s$/.exec(file)?.[1] ?? []).toSorted()
}

const findFile = async (target: string, cwd: string): Promise<string> => {
  if (/[/\\]/.test(target) || extname(target) !== '') {
    const path = resolve(cwd, target)
    if (!(await exists(path))) throw new CommandError('usage', `There is no file ${target}`)
    if (endings.includes(extname(path))) return path
    throw new CommandError(
      'usage',
      `${target} is no agent file: expected one that ends in ${endings.join(', ')}`,
    )
  }
  const folder = join(cwd, 'agents')
  for (const ending of endings) {
    const path = join(folder, `${target}.agent${ending}`)
    if (await exists(path)) return path
  }
  const names = await namesIn(folder)
  const there = names.length > 0 ? `./agents has ${names.join(', ')}` : 'there is no ./agents/*.agent.ts'
  throw new CommandError('usage', `There is no agent named "${target}" (${there})`)
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''

const load = async (
  path: string,
  { target, cwd }: { readonly target: string; readonly cwd: string },
): Promise<Record<string, unknown>> => {
  try {
    const loaded: unknown = await import(pathToFileURL(path).href)
    return isObject(loaded) ? loaded : {}
  } catch (error) {
    const why = await describeLoadFailure(error, { path, cwd })
    throw new CommandError('usage', `${target} cannot be loaded: ${why}`, { cause: error })
  }
}

/**
 * Finds an agent by the path of its file, or by its name in `./agents/<name>.agent.ts`. The default export or the one
 * named `agent` is an agent, or a function that makes one.
 * @throws CommandError when there is no such file, it cannot be loaded, or it has no agent
 */
export const loadAgent = async (target: string, { cwd }: { readonly cwd: string }): Promise<LoadedAgent> => {
  const file = await findFile(target, cwd)
  const module = await load(file, { target, cwd })
  const section = basename(file).replace(/(?:\.agent)?\.m?[jt]s$/, '')
  for (const value of [module['default'], module['agent']]) {
    if (isAgent(value)) return { agent: value }
    if (isFactory(value)) return { create: value, section }
  }
  throw new CommandError(
    'usage',
    `${target} has no agent: export default createAgent({ … }), or a function ({ model }) => createAgent({ model, … })`,
  )
}

/** Calls a factory. @throws CommandError when what it returns is no agent, or it throws */
export const makeAgent = async (create: AgentFactory, parts: AgentParts): Promise<Agent> => {
  let made: unknown
  try {
    made = await create(parts)
  } catch (error) {
    throw new CommandError('usage', `The agent cannot be made: ${firstLine(error)}`, { cause: error })
  }
  if (isAgent(made)) return made
  throw new CommandError('usage', 'The function that the file exports returned no agent')
}
