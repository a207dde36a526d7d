import { isObject, type JsonSchema, type ToolSpec } from '@ashlar/core'
import { namedPathsIn, quotedIn } from './named-paths.ts'
import type { PlannedCall } from './next-calls.ts'
import { nameWords } from './toolbox.ts'

/** Arguments that a sentence holds, taken one after the other. */
interface Material {
  readonly prompt: string
  readonly numbers: number[]
  readonly texts: string[]
}

const materialOf = (prompt: string): Material => {
  const quoted = quotedIn(prompt).map(({ text }) => text)
  const paths = namedPathsIn(prompt).map(({ path }) => path)
  const names = [...prompt.matchAll(/(?<=[^.!?\s]\s+)\p{Lu}[\p{L}\d'-]*(?:\s+\p{Lu}[\p{L}\d'-]*)*/gu)].map(
    ([name]) => name,
  )
  const after = [...prompt.matchAll(/\b(?:in|of|for|from|about|named|called)\s+([\p{L}\d_-]+)/giu)].map(
    ([, word]) => word ?? '',
  )
  return {
    prompt,
    numbers: [...prompt.matchAll(/(?<![\p{L}\d])-?\d+(?:\.\d+)?/gu)].map(([number]) => Number(number)),
    texts: [...new Set([...quoted, ...paths, ...names, ...after])],
  }
}

const takeFor = (schema: JsonSchema, material: Material): unknown => {
  const { type } = schema
  if (Array.isArray(schema['enum']))
    return schema['enum'].find((value) => material.prompt.toLowerCase().includes(String(value).toLowerCase()))
  if (type === 'number' || type === 'integer') return material.numbers.shift()
  if (type === 'boolean') return false
  if (type === 'array' && isObject(schema['items'])) {
    const isNumbers = schema['items']['type'] === 'number' || schema['items']['type'] === 'integer'
    const values = isNumbers ? material.numbers : material.texts
    return values.length > 0 ? values.splice(0) : undefined
  }
  return type === 'string' ? material.texts.shift() : undefined
}

/** The arguments of a tool, as far as the sentence holds them; undefined when a required one is missing. */
export const argumentsFrom = (
  prompt: string,
  { inputSchema }: ToolSpec,
): Record<string, unknown> | undefined => {
  const properties = isObject(inputSchema['properties']) ? inputSchema['properties'] : {}
  const required: readonly unknown[] = Array.isArray(inputSchema['required']) ? inputSchema['required'] : []
  const material = materialOf(prompt)
  const input: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(properties)) {
    if (!required.includes(name) || !isObject(schema)) continue
    const value = takeFor(schema, material)
    if (value === undefined) return undefined
    input[name] = value
  }
  return input
}

const stem = (word: string): string => word.replace(/(?:ing|e?s|ed|e)$/, '')

/** Words that every question about files has: they do not say which tool is meant. */
const vague: ReadonlySet<string> = new Set(['file', 'folder', 'directory', 'text', 'path', 'code'].map(stem))

/** A call of the tool whose name the sentence mentions, when the sentence holds all its arguments. */
export const genericCall = (prompt: string, tools: readonly ToolSpec[]): PlannedCall | undefined => {
  const said = new Set(
    nameWords(prompt)
      .map(stem)
      .filter((word) => !vague.has(word)),
  )
  const scored = tools
    .map((tool) => ({
      tool,
      score: nameWords(tool.name).filter((word) => word.length > 2 && said.has(stem(word))).length,
    }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
  for (const { tool } of scored) {
    const input = argumentsFrom(prompt, tool)
    if (input) return { name: tool.name, input }
  }
  return undefined
}
