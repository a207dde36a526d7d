import {
  InvalidArgument,
  isObject,
  type Message,
  type Plugin,
  textOf,
  tool,
  toolCallsOf,
  type Tools,
  type ToolSpec,
} from '@ashlar/core'
import { createToolIndex, type ToolIndex } from './tool-index.ts'

/** Options of `toolSearch`. */
export interface ToolSearchOptions {
  /** Tools shown for a question, and found by one search. @default 8 */
  readonly limit?: number
  /** Names of tools that are always shown. @default none */
  readonly always?: readonly string[]
}

const findTools = 'find_tools'

/** The last thing the person said. */
const questionOf = (messages: readonly Message[]): string =>
  textOf(messages.findLast(({ role }) => role === 'user'))

/** What a search answered, as it stands in the transcript. */
const foundIn = (output: string): string[] => {
  try {
    const answer: unknown = JSON.parse(output)
    const found = isObject(answer) && Array.isArray(answer['tools']) ? answer['tools'] : []
    return found.flatMap((each: unknown) =>
      isObject(each) && typeof each['name'] === 'string' ? [each['name']] : [],
    )
  } catch {
    return []
  }
}

/** Tools that the transcript speaks of: called before, or found by a search. */
const mentionedIn = (messages: readonly Message[]): string[] =>
  messages.flatMap((message) => {
    if (message.role === 'assistant') return toolCallsOf(message).map(({ name }) => name)
    if (message.role !== 'tool') return []
    return message.content.flatMap(({ name, output }) => (name === findTools ? foundIn(output) : []))
  })

const searchTool = (tools: Tools, index: ToolIndex, limit: number) =>
  tool({
    description:
      'Finds more tools by what they do. Only some of the tools are shown; search when none of them fits. What is found can be called in the next step.',
    input: {
      type: 'object',
      properties: { task: { type: 'string', description: 'What the tool is to do, in a few words' } },
      required: ['task'],
      additionalProperties: false,
    },
    annotations: { readOnly: true },
    execute: ({ task }) => ({
      tools: index.search(task, limit).map((name) => ({ name, description: tools[name]?.description })),
    }),
  })

/**
 * Shows the model those of many tools that fit the question, and a tool that finds the others. All of them can be
 * called. What is shown follows from the messages alone, so that a resumed run goes on with the same tools.
 * @throws InvalidArgument when `limit` is no number above 0, a tool is called `find_tools`, or `always` names none
 */
export const toolSearch = (tools: Tools, { limit = 8, always = [] }: ToolSearchOptions = {}): Plugin => {
  if (!(limit >= 1)) throw new InvalidArgument('limit', 'a number of 1 or more', limit)
  if (Object.hasOwn(tools, findTools))
    throw new InvalidArgument('tools', 'names other than find_tools', findTools)
  for (const name of always)
    if (!Object.hasOwn(tools, name)) throw new InvalidArgument('always', 'names of tools', name)
  const index = createToolIndex(tools)
  const shown = (messages: readonly Message[]): ReadonlySet<string> =>
    new Set([findTools, ...always, ...index.search(questionOf(messages), limit), ...mentionedIn(messages)])
  return {
    name: 'tool-search',
    tools: { ...tools, [findTools]: searchTool(tools, index, limit) },
    setup: () => ({
      aroundModel: (call, next) => {
        const names = shown(call.request.messages)
        const isShown = ({ name }: ToolSpec): boolean => !Object.hasOwn(tools, name) || names.has(name)
        return next({
          ...call,
          request: { ...call.request, tools: (call.request.tools ?? []).filter(isShown) },
        })
      },
    }),
  }
}
