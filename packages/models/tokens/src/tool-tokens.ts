import { isObject, type ToolSpec } from '@ashlar/core'

/** What OpenAI adds around tools, for the models its cookbook gives numbers for. */
interface ToolRule {
  readonly functionStart: number
  readonly properties: number
  readonly property: number
  readonly choices: number
  readonly choice: number
  readonly end: number
}

const shared = { properties: 3, property: 3, choices: -3, choice: 3, end: 12 }

/** OpenAI's cookbook, "How to count tokens with tiktoken", section 7. */
const rules: readonly (readonly [RegExp, ToolRule])[] = [
  [/^gpt-4o(?:-mini)?(?:-\d{4}-\d\d-\d\d)?$/, { functionStart: 7, ...shared }],
  [/^gpt-(?:3\.5-turbo|4|4-turbo)(?:-\d{4}(?:-\d\d-\d\d)?)?$/, { functionStart: 10, ...shared }],
]

const withoutStop = (text: string): string => text.replace(/\.$/, '')

interface Property {
  readonly type: string
  readonly description: string
  readonly choices: readonly string[]
}

/** `undefined` for anything the published rule does not cover: nested, combined or undescribed properties. */
const toProperty = (schema: unknown): Property | undefined => {
  if (!isObject(schema)) return undefined
  const { type, description, enum: choices, ...rest } = schema
  if (typeof type !== 'string' || typeof description !== 'string' || Object.keys(rest).length > 0)
    return undefined
  if (choices === undefined) return { type, description, choices: [] }
  return Array.isArray(choices) && choices.every((choice) => typeof choice === 'string')
    ? { type, description, choices }
    : undefined
}

const countTool = (
  { name, description, inputSchema }: ToolSpec,
  { rule, count }: { readonly rule: ToolRule; readonly count: (text: string) => number },
): number | undefined => {
  const properties = inputSchema['properties'] ?? {}
  if (!isObject(properties)) return undefined
  let tokens = rule.functionStart + count(`${name}:${withoutStop(description)}`)
  if (Object.keys(properties).length > 0) tokens += rule.properties
  for (const [key, schema] of Object.entries(properties)) {
    const property = toProperty(schema)
    if (!property) return undefined
    const { type, description: about, choices } = property
    tokens += rule.property + count(`${key}:${type}:${withoutStop(about)}`)
    if (choices.length > 0) tokens += rule.choices
    for (const choice of choices) tokens += rule.choice + count(choice)
  }
  return tokens
}

/** The tokens of tools by OpenAI's published rule; `undefined` where it does not cover the model or a schema. */
export const toolTokens = (
  tools: readonly ToolSpec[],
  { modelId, count }: { readonly modelId: string; readonly count: (text: string) => number },
): number | undefined => {
  const rule = rules.find(([pattern]) => pattern.test(modelId.toLowerCase().replace(/^.*\//, '')))?.[1]
  if (!rule || tools.length === 0) return undefined
  let tokens = rule.end
  for (const tool of tools) {
    const each = countTool(tool, { rule, count })
    if (each === undefined) return undefined
    tokens += each
  }
  return tokens
}
