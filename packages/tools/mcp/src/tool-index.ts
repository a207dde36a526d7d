import { isObject, type Tool, type Tools } from '@ashlar/core'
import { createBm25, tokenize } from '@ashlar/ranking'

/** Finds tools by what they are to do. */
export interface ToolIndex {
  /** Names of the best tools for a task, the best first. */
  search(query: string, limit: number): string[]
}

/** Words that tell no tool from another. */
const common: ReadonlySet<string> = new Set(
  `a an and are as at be by can could do does for from get give had has have how i if in into is it its let make me my
  new of on or our out please run set show so some tell that the their them then there these they this to use want
  was we what when where which who will with would you your`.split(/\s+/),
)

/** Names are written together: `createPullRequest`, `create_pull_request`. */
const apart = (text: string): string =>
  text.replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2').replaceAll('_', ' ')

/** Forms of a word as one: plurals, and what verbs end in. Rough, and the same on both sides. */
const stem = (word: string): string => {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word
  const singular = word
    .replace(/ies$/, 'y')
    .replace(/(s|x|z|ch|sh)es$/, '$1')
    .replace(/([^su])s$/, '$1')
  const base = singular.replace(/(?<=.{3})(?:ing|ed)$/, '')
  return base
    .replace(/(?<=.{3})(?:ation|ion|er|or)$/, '')
    .replace(/(?<=.{3})e$/, '')
    .replace(/([^aeiouls])\1$/, '$1')
}

const words = (text: string): string[] =>
  tokenize(apart(text))
    .filter((word) => !common.has(word))
    .map(stem)

/** How much a word of the name counts beside one of the description. */
const nameWeight = 3

const parametersOf = ({ inputSchema }: Tool): string => {
  const properties = isObject(inputSchema['properties']) ? inputSchema['properties'] : {}
  return Object.keys(properties).join(' ')
}

const textOf = (name: string, tool: Tool): string =>
  [...Array.from({ length: nameWeight }, () => name), tool.description, parametersOf(tool)].join(' \n')

/** An index over names, descriptions and the names of parameters (BM25). */
export const createToolIndex = (tools: Tools): ToolIndex => {
  const index = createBm25({ tokenizer: words })
  for (const [name, tool] of Object.entries(tools)) index.add(name, textOf(name, tool))
  return { search: (query, limit) => index.search(query, limit).map(({ id }) => id) }
}
