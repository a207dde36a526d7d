import { InvalidArgument } from '@ashlar/core/errors'
import { priceUnits, toDecimal } from './price.ts'

/** Throws an InvalidArgument that names `path` when the value is wrong. */
export type Check = (value: unknown, path: string) => void

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const passing =
  (passes: (value: unknown) => boolean, expected: string): Check =>
  (value, path) => {
    if (!passes(value)) throw new InvalidArgument(path, expected, value)
  }

const matching = (pattern: RegExp, expected: string): Check =>
  passing((value) => typeof value === 'string' && pattern.test(value), expected)

const listOf =
  (check: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) throw new InvalidArgument(path, 'a list', value)
    for (const [i, item] of value.entries()) check(item, `${path}[${i}]`)
  }

const recordOf =
  (check: Check): Check =>
  (value, path) => {
    if (!isRecord(value)) throw new InvalidArgument(path, 'an object', value)
    for (const [key, item] of Object.entries(value)) check(item, `${path}["${key}"]`)
  }

const fieldsOf =
  (checks: Readonly<Record<string, Check>>, required: readonly string[] = []): Check =>
  (value, path) => {
    if (!isRecord(value)) throw new InvalidArgument(path, 'an object', value)
    for (const key of required)
      if (value[key] === undefined) throw new InvalidArgument(`${path}.${key}`, 'a value', undefined)
    for (const [key, item] of Object.entries(value)) {
      const check = Object.hasOwn(checks, key) ? checks[key] : undefined
      if (!check) throw new InvalidArgument(path, `none but ${Object.keys(checks).join(', ')}`, key)
      if (item !== undefined) check(item, `${path}.${key}`)
    }
  }

const text = passing((value) => typeof value === 'string' && value.trim() !== '', 'a text')
const count = passing((value) => Number.isSafeInteger(value) && Number(value) > 0, 'a whole number above 0')
const flag = passing((value) => typeof value === 'boolean', 'true or false')
const day = matching(/^\d{4}-\d{2}-\d{2}$/, 'a day as YYYY-MM-DD')
const time = matching(/^\d{2}:\d{2}:\d{2}$/, 'a time (UTC) as HH:MM:SS')
const encoding = matching(
  /^(?:o200k|cl100k|p50k|r50k)_base$/,
  'o200k_base, cl100k_base, p50k_base or r50k_base',
)
const usd: Check = (value, path) => void toDecimal(value, path)

const tiers = listOf(fieldsOf({ above: count, usd }, ['above', 'usd']))
const tiered = fieldsOf({ usd, tiers }, ['usd'])
const price: Check = (value, path) => (isRecord(value) ? tiered : usd)(value, path)
const prices = fieldsOf(Object.fromEntries(Object.keys(priceUnits).map((kind) => [kind, price])))
const daily = fieldsOf({ start: time, end: time }, ['start', 'end'])
const periods = listOf(fieldsOf({ from: day, daily, prices }, ['prices']))
const tier = matching(/^(?:batch|flex|priority|scale|fast)$/, 'batch, flex, priority, scale or fast')
const factor = matching(/^(?:0|[1-9]\d*)(?:\.\d+)?$/, "a decimal of 0 or more as a string, such as '0.5'")
const factors = fieldsOf(Object.fromEntries(Object.keys(priceUnits).map((kind) => [kind, factor])))
const rate: Check = (value, path) => {
  fieldsOf({ tier, region: text, factor, factors, prices })(value, path)
  if (!isRecord(value) || value['tier'] !== undefined || value['region'] !== undefined) return
  if (value['factor'] === undefined && value['factors'] === undefined)
    throw new InvalidArgument(path, 'a tier, a region, or a factor for every call', undefined)
  if (value['prices'] !== undefined)
    throw new InvalidArgument(
      `${path}.prices`,
      'no prices for every call here (but beside `rates`)',
      'prices',
    )
}
const modalities = fieldsOf({ text: flag, image: flag, audio: flag, video: flag, file: flag })

/** Checks everything of overrides but their ids. */
export const checkOverrides: Check = recordOf(
  fieldsOf({
    name: text,
    aliases: listOf(text),
    contextWindow: count,
    maxOutputTokens: count,
    input: modalities,
    output: modalities,
    encoding,
    deprecated: flag,
    shutdown: day,
    rates: listOf(rate),
    prices: (value, path) => (Array.isArray(value) ? periods : prices)(value, path),
  }),
)
