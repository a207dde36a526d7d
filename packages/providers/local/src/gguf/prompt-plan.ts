import { isObject, type JsonSchema, type ModelRequest, type ToolSpec } from '@ashlar/core'
import { offeredTools } from '../offered-tools.ts'
import type { LlamaFunctions } from './llama-module.ts'
import { fromGrammarValue, type GrammarSchema, toGrammarSchema, writesNulls } from './to-grammar.ts'

/** What an answer held to a grammar turns out to be. */
export type Decided = { readonly tool: string; readonly input: unknown } | { readonly text: string }

/** How a request is put to the model. */
export interface PromptPlan {
  readonly system?: string
  /** Tools the model may call by its own syntax. */
  readonly functions?: LlamaFunctions
  /** What its answer is held to. */
  readonly grammar?: GrammarSchema
  /** Reads an answer that was held to a grammar; absent: the text is the answer as it streams. */
  readonly decide?: (text: string) => Decided
}

const hasArguments = ({ properties }: JsonSchema): boolean =>
  isObject(properties) && Object.keys(properties).length > 0

const functionsOf = (tools: readonly ToolSpec[]): LlamaFunctions =>
  Object.fromEntries(
    tools.map(({ name, description, inputSchema }) => [
      name,
      { description, ...(hasArguments(inputSchema) && { params: toGrammarSchema(inputSchema) }) },
    ]),
  )

const toolsText = (tools: readonly ToolSpec[], output: JsonSchema | undefined): string =>
  [
    'Answer with one JSON object.',
    'To call a tool: {"tool": its name, "input": its arguments}. The tools:',
    ...tools.map(
      ({ name, description, inputSchema }) =>
        `- ${name}: ${description} Arguments: ${JSON.stringify(inputSchema)}`,
    ),
    ...(output ? [`To answer: {"answer": …} as in ${JSON.stringify(output)}`] : []),
  ].join('\n')

const outputText = (output: JsonSchema): string =>
  `Answer with JSON as in this schema: ${JSON.stringify(output)}`

const join = (...texts: readonly (string | undefined)[]): string | undefined =>
  texts.filter((text) => text !== undefined && text !== '').join('\n\n') || undefined

const object = (properties: Record<string, unknown>): GrammarSchema => ({ type: 'object', properties })

/** Reads `{ tool, input }` or `{ answer }`; text that was cut off stays text. */
const decideCall = (text: string, tools: readonly ToolSpec[], output: JsonSchema | undefined): Decided => {
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value) && output && 'answer' in value)
      return { text: JSON.stringify(fromGrammarValue(output, value['answer'])) }
    const tool = isObject(value) ? tools.find(({ name }) => name === value['tool']) : undefined
    if (isObject(value) && tool)
      return { tool: tool.name, input: fromGrammarValue(tool.inputSchema, value['input']) ?? {} }
  } catch {}
  return { text }
}

const decideOutput = (text: string, output: JsonSchema): Decided => {
  try {
    return { text: JSON.stringify(fromGrammarValue(output, JSON.parse(text))) }
  } catch {
    return { text }
  }
}

/** A call is wanted, or a call and JSON are both possible: a grammar over both decides. */
const decisionPlan = (request: ModelRequest, tools: readonly ToolSpec[]): PromptPlan => {
  const isFree = (request.toolChoice ?? 'auto') === 'auto'
  const output = isFree ? request.output : undefined
  const choices = tools.map(({ name, inputSchema }) =>
    object({ tool: { const: name }, input: toGrammarSchema(inputSchema) }),
  )
  if (output) choices.push(object({ answer: toGrammarSchema(output) }))
  const system = join(request.instructions, toolsText(tools, output))
  return {
    ...(system !== undefined && { system }),
    grammar: { oneOf: choices },
    decide: (text) => decideCall(text, tools, output),
  }
}

/** Chooses between the model's own way of calling tools and an answer held to a grammar. @throws InvalidArgument */
export const planPrompt = (request: ModelRequest): PromptPlan => {
  const { instructions, output, toolChoice = 'auto' } = request
  const tools = offeredTools(request)
  if (tools.length > 0 && (output || toolChoice !== 'auto')) return decisionPlan(request, tools)
  const system = join(instructions, output && outputText(output))
  return {
    ...(system !== undefined && { system }),
    ...(tools.length > 0 && { functions: functionsOf(tools) }),
    ...(output && { grammar: toGrammarSchema(output) }),
    ...(output && writesNulls(output) && { decide: (text: string) => decideOutput(text, output) }),
  }
}

/** The arguments of a call made by the model's own syntax, without the nulls that stand for what was left out. */
export const callInput = (params: unknown, tool: ToolSpec | undefined): unknown =>
  tool ? (fromGrammarValue(tool.inputSchema, params ?? {}) ?? {}) : (params ?? {})
