import { createHash } from 'node:crypto'
import { isObject, type ModelCall, type ToolSpec } from '@ashlar/core'

/** What a tool says of itself, as digests. */
interface ToolDefinition {
  readonly description: string
  readonly input: string
}

/** What an agent asks its model with beside the messages. Texts are digests: what they say is in the code. */
export interface AgentDefinition {
  readonly type: 'definition'
  readonly agent: string
  readonly model: { readonly provider: string; readonly modelId: string }
  readonly instructions?: string
  readonly tools: Readonly<Record<string, ToolDefinition>>
}

/** Enough to see a change, in as few letters as there may be many tools. */
const digestOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 10)

const toolsOf = (tools: readonly ToolSpec[]): AgentDefinition['tools'] =>
  Object.fromEntries(
    tools.map(({ name, description, inputSchema }) => [
      name,
      { description: digestOf(description), input: digestOf(inputSchema) },
    ]),
  )

const isTool = (value: unknown): value is ToolDefinition =>
  isObject(value) && typeof value['description'] === 'string' && typeof value['input'] === 'string'

export const isDefinition = (value: unknown): value is AgentDefinition =>
  isObject(value) &&
  value['type'] === 'definition' &&
  typeof value['agent'] === 'string' &&
  isObject(value['model']) &&
  isObject(value['tools']) &&
  Object.values(value['tools']).every(isTool)

const toolChanges = (before: AgentDefinition['tools'], now: AgentDefinition['tools']): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((name) => {
    const [old, young] = [before[name], now[name]]
    if (!young) return [`tool "${name}" was removed`]
    if (!old) return [`tool "${name}" was added`]
    return [
      ...(old.description === young.description ? [] : [`the description of tool "${name}" changed`]),
      ...(old.input === young.input ? [] : [`the input schema of tool "${name}" changed`]),
    ]
  })

/** What has changed of an agent, each in words; empty when nothing has. */
const changesOf = (before: AgentDefinition, now: AgentDefinition): string[] => {
  if (before === now) return []
  const [old, young] = [before, now].map(({ model }) => `${model.provider}/${model.modelId}`)
  return [
    ...(before.agent === now.agent ? [] : [`it is "${now.agent}" now`]),
    ...(old === young ? [] : [`the model changed from ${old} to ${young}`]),
    ...(before.instructions === now.instructions ? [] : ['the instructions changed']),
    ...toolChanges(before.tools, now.tools),
  ].map((change) => `agent "${before.agent}": ${change}`)
}

/** What a run has recorded of its agent, beside what the agent is now. */
export interface Definitions {
  /** The definition behind a call, where the run has not recorded it: it belongs to what is recorded next. */
  unrecorded(call: ModelCall): AgentDefinition | undefined
  /** What is behind the call is recorded. */
  recorded(call: ModelCall): void
  /** A step is replayed that has this record of a definition, if it is a new one. Gives what has changed since. */
  replayed(call: ModelCall, record: AgentDefinition | undefined): string[]
}

const noTools: readonly ToolSpec[] = []

/** The definition behind each call of a run; nothing is digested again that is the same as in the call before. */
const createDefiner = (
  agent: string,
  known: WeakMap<readonly ToolSpec[], AgentDefinition['tools']>,
): ((call: ModelCall) => AgentDefinition) => {
  let last: { readonly call: ModelCall; readonly definition: AgentDefinition } | undefined
  return (call) => {
    const { model, request } = call
    const { instructions, tools = noTools } = request
    const before = last?.call
    const { instructions: said, tools: had = noTools } = before?.request ?? {}
    if (last && before?.model === model && said === instructions && had === tools) return last.definition
    const digests = known.get(tools) ?? toolsOf(tools)
    known.set(tools, digests)
    const definition: AgentDefinition = {
      type: 'definition',
      agent,
      model: { provider: model.provider, modelId: model.modelId },
      ...(instructions !== undefined && { instructions: digestOf(instructions) }),
      tools: digests,
    }
    last = { call, definition }
    return definition
  }
}

/**
 * Definitions of the runs of many agents: tools are digested once for each list of them, which all runs of an agent
 * share; instructions once a run. `onChange` is told each change once a run.
 */
export const createDefinitions = (
  onChange: (change: string) => void = () => {},
): ((agent: string) => Definitions) => {
  const tools = new WeakMap<readonly ToolSpec[], AgentDefinition['tools']>()
  return (agent) => {
    const define = createDefiner(agent, tools)
    const told = new Set<string>()
    let known: AgentDefinition | undefined
    return {
      unrecorded: (call) => {
        const now = define(call)
        return known && changesOf(known, now).length === 0 ? undefined : now
      },
      recorded: (call) => void (known = define(call)),
      replayed: (call, record) => {
        known = record ?? known
        const changes = known ? changesOf(known, define(call)) : []
        for (const change of changes) {
          if (!told.has(change)) onChange(change)
          told.add(change)
        }
        return changes
      },
    }
  }
}
