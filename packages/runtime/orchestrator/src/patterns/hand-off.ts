import {
  type Agent,
  type AgentEvent,
  InvalidArgument,
  isObject,
  type Message,
  type Plugin,
  type RunContext,
  tool,
  toolCallsOf,
} from '@ashlar/core'
import { requireCount } from '../together/line.ts'

export interface HandOffOptions {
  /** Hand-offs of one conversation at most; a further one is refused. @default 8 */
  readonly limit?: number
}

const toolName = 'handOff'

/** Whom a turn gave the conversation to: the first, should it name several. */
const recipientOf = (calling: Message | undefined, results: Message): string[] => {
  if (results.role !== 'tool') return []
  const done = new Set(results.content.filter(({ isError }) => !isError).map(({ callId }) => callId))
  const made = toolCallsOf(calling).find(({ name, callId }) => name === toolName && done.has(callId))
  return isObject(made?.input) && typeof made.input['to'] === 'string' ? [made.input['to']] : []
}

/** To whom the conversation was given, one after the other. The transcript is all that knows, also after a restart. */
const handOffsIn = (messages: readonly Message[]): string[] =>
  messages.flatMap((message, i) => recipientOf(messages[i - 1], message))

/** Hand-offs before this run: `…/hand-off-2` is the run after the second. */
const depthOf = (runId: string): number => Number(/\/hand-off-(\d+)$/.exec(runId)?.[1] ?? 0)

const describe = (agents: Readonly<Record<string, Agent>>): string =>
  Object.entries(agents)
    .map(([name, { description }]) => (description ? `${name} (${description})` : name))
    .join(', ')

/** The events of whoever has the conversation, as those of the run that had it first. */
async function* goOn(
  agent: Agent,
  { run, depth }: { readonly run: RunContext; readonly depth: number },
  state: Parameters<Agent['run']>[0],
): AsyncGenerator<AgentEvent> {
  const runId = `${run.runId}/hand-off-${depth + 1}`
  for await (const event of agent.run(state, { parent: run, runId })) {
    if (event.type === 'run-start') continue
    if (event.type === 'run-end') yield { type: 'run-end', result: { ...event.result, runId: run.runId } }
    else yield event
  }
}

/**
 * Lets an agent give the conversation to another, for good: it gets the tool `handOff`, whose call ends its part. The
 * other goes on in the same run, with the same transcript, steps and usage, and so does whoever it hands over to. The
 * next message of the same transcript goes straight to who has it. `agents` may be a function, for those that know
 * each other. An error of the other is the `cause` of the `PluginError` that ends the run.
 * @throws InvalidArgument when an option is wrong
 */
export const handOff = (
  agents: Readonly<Record<string, Agent>> | (() => Readonly<Record<string, Agent>>),
  { limit = 8 }: HandOffOptions = {},
): Plugin => {
  requireCount('limit', limit)
  const known = typeof agents === 'function' ? agents : () => agents
  if (typeof agents !== 'function' && Object.keys(agents).length === 0)
    throw new InvalidArgument('agents', 'at least one agent', '{}')
  const who = typeof agents === 'function' ? 'another agent' : `another agent: ${describe(agents)}`
  const give = tool({
    description: `Gives the conversation to ${who}. It answers from then on; say nothing more.`,
    input: {
      type: 'object',
      properties: {
        to: {
          type: 'string',
          description: 'The name of the agent',
          ...(typeof agents !== 'function' && { enum: Object.keys(agents) }),
        },
        reason: { type: 'string', description: 'What the agent has to know beyond the conversation' },
      },
      required: ['to'],
      additionalProperties: false,
    } as const,
    annotations: { readOnly: true },
    execute: ({ to, reason }, { run }) => {
      const names = Object.keys(known())
      if (!names.includes(to)) throw new Error(`There is no agent ${to}: there are ${names.join(', ')}`)
      if (depthOf(run.runId) >= limit)
        throw new Error(`The conversation was handed over ${limit} times already: answer yourself`)
      return `The conversation is with ${to} now.${reason ? ` ${reason}` : ''}`
    },
  })
  const setup = (run: RunContext): ReturnType<NonNullable<Plugin['setup']>> => {
    const depth = depthOf(run.runId)
    const next = (messages: readonly Message[]): Agent | undefined => {
      const to = handOffsIn(messages)[depth]
      return to !== undefined && Object.hasOwn(known(), to) ? known()[to] : undefined
    }
    return {
      stopWhen: ({ state }) => next(state.messages) !== undefined,
      aroundRun: async function* (input, own) {
        const already = next(input.messages)
        if (already) {
          yield { type: 'run-start', runId: run.runId }
          yield* goOn(already, { run, depth }, input)
          return
        }
        for await (const event of own(input)) {
          const other = event.type === 'run-end' ? next(event.result.messages) : undefined
          if (event.type === 'run-end' && other) yield* goOn(other, { run, depth }, event.result)
          else yield event
        }
      },
    }
  }
  return { name: toolName, tools: { [toolName]: give }, setup }
}
