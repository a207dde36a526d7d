import {
  checkKeys as checkOptions,
  InvalidArgument,
  isObject,
  type JsonSchema,
  type Schema,
} from '@ashlar/core'
import { type InferSchema, type SchemaIssue, toJsonSchema, toValidator } from '@ashlar/core/schema'
import { checkKeys } from './check-keys.ts'
import { agentNames, type Config, createConfig, treeOfAgent } from './config.ts'
import { ConfigError, type ConfigIssue } from './config-error.ts'
import { type ConfigNode, emptyBranch, mergeTrees, nearestNode, nodeAt, toPlain } from './config-tree.ts'
import { projectFolders, userFolderOf } from './find-files.ts'
import { readEnvironment, readFlags } from './named-settings.ts'
import type { ConfigPath } from './origin.ts'
import { checkLoosening, checkPolicy, type Policy, withLists } from './policy.ts'
import { type FileLayer, readLayer } from './read-layer.ts'
import { createReferences } from './resolve-references.ts'
import { defaultsOf, type SchemaView, viewSchema } from './schema-view.ts'
import { isTemplate, parseTemplate } from './template.ts'
import { treeOfData } from './tree-builder.ts'
import { openTrust } from './trust.ts'

export interface LoadConfigOptions<S extends Schema> {
  /** What the configuration is held against: any Standard Schema that can write its JSON Schema, or a JSON Schema. */
  readonly schema: S
  /** Stands in for a library that cannot write one. */
  readonly jsonSchema?: JsonSchema
  /** Files are `<name>.config.*`, variables begin with `<NAME>_`. @default 'ashlar' */
  readonly name?: string
  /** Over the `default`s of the schema. */
  readonly defaults?: unknown
  /** By path: `{ 'limits.steps': 5 }`. Texts become what the schema wants. */
  readonly flags?: Readonly<Record<string, unknown>>
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Where the project is. @default process.cwd() */
  readonly cwd?: string
  /** @default `$XDG_CONFIG_HOME/<name>` or `~/.config/<name>` */
  readonly userFolder?: string
  /** What a project's file may only tighten. @default nothing */
  readonly policy?: Policy
  /** Milliseconds a `${command:…}` may take. @default 10,000 */
  readonly commandTimeoutMs?: number
  /** What else has to hold, told like the issues of a schema: `{ message, path }`. Asked when nothing else is wrong. */
  readonly check?: (value: InferSchema<S>) => readonly SchemaIssue[] | Promise<readonly SchemaIssue[]>
}

type ReadOptions = Omit<LoadConfigOptions<Schema>, 'check'>

/** What is needed of the options, with their defaults. */
interface Settings {
  readonly name: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly userFolder: string
  readonly policy: Policy
}

const optionNames: readonly string[] = [
  'schema',
  'jsonSchema',
  'name',
  'defaults',
  'flags',
  'env',
  'cwd',
  'userFolder',
  'policy',
  'commandTimeoutMs',
  'check',
] satisfies readonly (keyof LoadConfigOptions<Schema>)[]

/** @throws InvalidArgument when an option is wrong, or none: a policy under another name would hold nobody */
const settle = (options: ReadOptions): Settings => {
  checkOptions(options, optionNames)
  const { name = 'ashlar', env = process.env, cwd = process.cwd(), policy = {} } = options
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    throw new InvalidArgument('name', 'a word of small letters, digits and dashes', name)
  checkPolicy(policy)
  return { name, env, cwd, policy, userFolder: options.userFolder ?? userFolderOf(name, env) }
}

interface Layers {
  readonly weak: ConfigNode
  readonly user: FileLayer | undefined
  readonly project: FileLayer | undefined
  readonly named: ConfigNode | undefined
  readonly unused: readonly string[]
}

const readLayers = async (
  options: ReadOptions,
  { settings, view, issues }: { settings: Settings; view: SchemaView; issues: ConfigIssue[] },
): Promise<Layers> => {
  const { name, env, cwd, userFolder, policy } = settings
  const origin = { layer: 'defaults' } as const
  const defaults = [defaultsOf(view), options.defaults].map((data) =>
    data === undefined ? undefined : treeOfData(data, origin, issues),
  )
  const weak = mergeTrees(mergeTrees(emptyBranch(origin), defaults[0]), defaults[1]) ?? emptyBranch(origin)
  const shared = { name: `${name}.config`, trust: openTrust(userFolder), view, issues }
  const read = async (layer: 'user' | 'project', folders: readonly string[]) => {
    const found = await readLayer({ ...shared, layer, folders })
    return found?.tree ? { ...found, tree: withLists(found.tree, policy) } : found
  }
  const user = await read('user', [userFolder])
  const project = await read(
    'project',
    (await projectFolders(cwd)).filter((folder) => folder !== userFolder),
  )
  const lower = [user?.tree, project?.tree].reduce(mergeTrees, weak)
  const prefix = `${name.toUpperCase().replaceAll('-', '_')}_`
  const { tree, unused } = readEnvironment(env, { prefix, view, lower, issues })
  const named = [tree, readFlags(options.flags ?? {}, { view, issues })].reduce(
    (all, each) => mergeTrees(all, each && withLists(each, policy)),
    undefined,
  )
  return { weak: withLists(weak, policy), user, project, unused, named }
}

/** The tree with escapes undone; texts with references stay as they are, and are noted. */
const readTemplates = (
  node: ConfigNode,
  notes: { known: Set<string>; issues: ConfigIssue[] },
  path: ConfigPath = [],
): ConfigNode => {
  if (node.kind === 'list')
    return { ...node, items: node.items.map((item, index) => readTemplates(item, notes, [...path, index])) }
  if (node.kind === 'branch')
    return {
      ...node,
      entries: new Map(
        [...node.entries].map(([key, child]) => [key, readTemplates(child, notes, [...path, key])]),
      ),
    }
  if (typeof node.value !== 'string' || !isTemplate(node.value)) return node
  const template = parseTemplate(node.value)
  if ('problem' in template) {
    notes.issues.push({ path, origin: node.origin, message: template.problem })
    // What the schema thinks of it does not matter any more.
    notes.known.add(node.value)
    return node
  }
  const literal = template.filter((part) => typeof part === 'string')
  if (literal.length === template.length) return { ...node, value: literal.join('') }
  notes.known.add(node.value)
  return node
}

const loosenings = (policy: Policy, before: ConfigNode, after: ConfigNode): ConfigIssue[] => {
  const whole = checkLoosening(policy, { before, after })
  const told = new Set(whole.map(({ origin }) => JSON.stringify(origin)))
  const ofAgents = agentNames(after).flatMap((agent) =>
    checkLoosening(policy, { before: treeOfAgent(before, agent), after: treeOfAgent(after, agent), agent }),
  )
  return [...whole, ...ofAgents.filter(({ origin }) => !told.has(JSON.stringify(origin)))]
}

const pathOf = ({ path = [] }: SchemaIssue): ConfigPath =>
  path.map((key) => {
    const word = isObject(key) ? key['key'] : key
    return typeof word === 'number' ? word : String(word)
  })

/** What the schema says, with the place of it; nothing of texts whose references are not looked up yet. */
const locate = (found: readonly SchemaIssue[], tree: ConfigNode, known: ReadonlySet<string>): ConfigIssue[] =>
  found.flatMap((issue) => {
    const path = pathOf(issue)
    const node = nodeAt(tree, path)
    if (node?.kind === 'leaf' && typeof node.value === 'string' && known.has(node.value)) return []
    const nearest = nearestNode(tree, path)
    // The root is of no file in particular.
    return [{ path, origin: nearest === tree ? undefined : nearest.origin, message: issue.message }]
  })

/**
 * Reads the configuration: defaults < user's file < project's file < environment < flags.
 *
 * @throws ConfigError with everything that is wrong, and where
 * @throws InvalidArgument when an option is wrong
 */
export const loadConfig = async <const S extends Schema>(
  options: LoadConfigOptions<S>,
): Promise<Config<InferSchema<S>>> => {
  const settings = settle(options)
  const { schema, jsonSchema, commandTimeoutMs } = options
  const root = toJsonSchema(schema, 'schema', jsonSchema)
  const view = viewSchema(root, root)
  const issues: ConfigIssue[] = []
  const { weak, user, project, named, unused } = await readLayers(options, { settings, view, issues })
  const before = mergeTrees(weak, user?.tree) ?? weak
  const after = mergeTrees(before, project?.tree) ?? before
  const isWhole = [user, project].every((layer) => !layer || layer.tree)
  const checked = [weak, user?.tree, project?.tree, named].map(
    (tree) => tree && checkKeys(tree, view, { issues }),
  )
  issues.push(...loosenings(settings.policy, before, after))
  const known = new Set<string>()
  const merged = readTemplates(checked.reduce(mergeTrees, undefined) ?? weak, { known, issues })
  const validator = toValidator(schema)
  const result = await validator(toPlain(merged))
  // What is missing may be in the file that could not be read.
  if (result.issues && isWhole) issues.push(...locate(result.issues, merged, known))
  // The schema was just held against the data; what it would make of it comes with resolveAll().
  const typed = (data: unknown): InferSchema<S> => data as InferSchema<S>
  if (issues.length === 0)
    issues.push(...locate((await options.check?.(typed(toPlain(merged)))) ?? [], merged, new Set()))
  if (issues.length > 0) throw new ConfigError(issues)
  return createConfig({
    tree: merged,
    view,
    references: createReferences(known, {
      env: settings.env,
      cwd: settings.cwd,
      ...(commandTimeoutMs !== undefined && { timeoutMs: commandTimeoutMs }),
    }),
    files: [user, project].flatMap((layer) => (layer ? [layer.file] : [])),
    unused,
    typed,
    validate: async (data) => {
      const last = await validator(data)
      if (last.issues) throw new ConfigError(locate(last.issues, merged, new Set()))
      return typed(last.value)
    },
  })
}
