import { isObject, type JsonSchema } from '@ashlar/core'
import type { TextFacts } from './analyse-text.ts'
import { nameWords } from './toolbox.ts'

/** What can be put into an answer. */
export interface Material {
  readonly facts: TextFacts
  /** The text the answer is about. */
  readonly text: string
  /** Each file that was read. */
  readonly files: readonly { readonly path: string; readonly facts: TextFacts; readonly text: string }[]
}

/** The property being filled, by the words of its name, and the whole schema for references. */
interface Place {
  readonly words: readonly string[]
  readonly root: JsonSchema
  readonly depth: number
}

const about = ({ words }: Place, ...wanted: readonly string[]): boolean =>
  words.some((word) => wanted.includes(word.replace(/s$/, '')))

const fitText = (text: string, { maxLength, minLength }: JsonSchema): string => {
  const cut = typeof maxLength === 'number' ? [...text].slice(0, maxLength).join('') : text
  return typeof minLength === 'number' ? cut.padEnd(minLength, '.') : cut
}

const fillString = (schema: JsonSchema, place: Place, { facts, text, files }: Material): string => {
  let value = facts.summary.join(' ') || text.trim()
  if (about(place, 'title', 'name', 'heading', 'subject')) value = facts.title ?? value
  if (about(place, 'keyword', 'tag', 'topic', 'category')) value = facts.keywords.join(', ')
  if (about(place, 'path', 'file', 'filename')) value = files[0]?.path ?? value
  return fitText(value, schema)
}

const fillNumber = (schema: JsonSchema, place: Place, { facts, text, files }: Material): number => {
  const counted = (['words', 'lines', 'sentences', 'characters', 'bytes'] as const).find((name) =>
    about(place, name.slice(0, -1)),
  )
  const stated = /-?\d+(?:\.\d+)?/.exec(text)?.[0]
  let value = counted ? facts[counted] : about(place, 'file') ? files.length : Number(stated ?? 0)
  if (about(place, 'size') && !counted) value = facts.bytes
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  if (schema['type'] === 'integer') value = Math.trunc(value)
  if (typeof multipleOf === 'number') value = Math.round(value / multipleOf) * multipleOf
  if (typeof minimum === 'number') value = Math.max(minimum, value)
  if (typeof maximum === 'number') value = Math.min(maximum, value)
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) value = exclusiveMinimum + 1
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum) value = exclusiveMaximum - 1
  return value
}

const fillArray = (schema: JsonSchema, place: Place, material: Material): unknown[] => {
  const items = isObject(schema['items']) ? schema['items'] : {}
  const { facts, files } = material
  const least = typeof schema['minItems'] === 'number' ? schema['minItems'] : 0
  const most = typeof schema['maxItems'] === 'number' ? schema['maxItems'] : 20
  const isText = items['type'] === 'string' && !items['enum']
  let values: unknown[]
  if (isText && about(place, 'file', 'path')) values = files.map(({ path }) => fitText(path, items))
  else if (isText)
    values = (about(place, 'sentence', 'point', 'summary') ? facts.summary : facts.keywords).map((text) =>
      fitText(text, items),
    )
  else if (files.length > 0)
    values = files.map((file) => fill(items, { ...place, words: [] }, { ...file, files: [file] }))
  else values = [fill(items, place, material)]
  while (values.length < least) values.push(fill(items, place, material))
  return values.slice(0, most)
}

const fillObject = (schema: JsonSchema, place: Place, material: Material): Record<string, unknown> => {
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  const filled: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(properties))
    if (isObject(property)) filled[name] = fill(property, { ...place, words: nameWords(name) }, material)
  return filled
}

const resolve = (schema: JsonSchema, root: JsonSchema): JsonSchema => {
  const reference = schema['$ref']
  if (typeof reference !== 'string') return schema
  let target: unknown = root
  for (const key of reference.replace(/^#\/?/, '').split('/').filter(Boolean))
    target = isObject(target) ? target[key] : {}
  return isObject(target) ? target : {}
}

const typeOf = ({ type, properties, items }: JsonSchema): unknown => {
  if (Array.isArray(type)) return type.find((name) => name !== 'null')
  return type ?? (properties ? 'object' : items ? 'array' : 'string')
}

const choiceOf = ({ anyOf, oneOf, allOf }: JsonSchema): JsonSchema | undefined => {
  if (Array.isArray(allOf)) {
    const parts = allOf.filter(isObject)
    return Object.assign({}, ...parts, {
      properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    })
  }
  const choices = [anyOf, oneOf].find(Array.isArray)?.filter(isObject) ?? []
  return choices.find(({ type }) => type !== 'null') ?? choices[0]
}

const fill = (unresolved: JsonSchema, place: Place, material: Material): unknown => {
  const schema = resolve(unresolved, place.root)
  const deeper = { ...place, depth: place.depth + 1 }
  if (deeper.depth > 12) return null
  if ('const' in schema) return schema['const']
  if (Array.isArray(schema['enum'])) {
    const said = material.text.toLowerCase()
    return schema['enum'].find((value) => said.includes(String(value).toLowerCase())) ?? schema['enum'][0]
  }
  const choice = choiceOf(schema)
  if (choice) return fill(choice, deeper, material)
  const type = typeOf(schema)
  if (type === 'object') return fillObject(schema, deeper, material)
  if (type === 'array') return fillArray(schema, deeper, material)
  if (type === 'number' || type === 'integer') return fillNumber({ ...schema, type }, place, material)
  if (type === 'boolean') return false
  return type === 'null' ? null : fillString(schema, place, material)
}

/** Fills a JSON Schema by rules: texts from the summary, lists from the keywords, numbers from the counts. */
export const fillSchema = (schema: JsonSchema, material: Material): unknown =>
  fill(schema, { words: [], root: schema, depth: 0 }, material)
