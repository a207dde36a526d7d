import { isObject } from '@ashlar/core'
import { matchesGlob } from '../policy/glob-pattern.ts'
import type { Globs, PermissionCall, PermissionRule } from './permission-rule.ts'
import type { Spelling, WideReading } from './spellings.ts'

const listOf = (globs: Globs): readonly string[] => (typeof globs === 'string' ? [globs] : globs)

const matchesAny = (globs: Globs, text: string): boolean =>
  listOf(globs).some((glob) => matchesGlob(glob, text))

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

const asItIs: Spelling = (text) => text

/** The values at a path; `*` stands for each item or field. `undefined`: there is something that is not a text. */
const valuesAt = (
  value: unknown,
  path: readonly string[],
  spelling: Spelling = asItIs,
): (string | undefined)[] => {
  const [key, ...rest] = path
  if (key === undefined) {
    if (isScalar(value)) return [spelling(String(value))]
    if (Array.isArray(value) && value.length > 0)
      return value.every(isScalar) ? [value.map((item) => spelling(String(item))).join(' ')] : [undefined]
    return value === undefined || value === null ? [] : [undefined]
  }
  if (typeof value !== 'object' || value === null) return []
  if (key === '*') return Object.values(value).flatMap((item) => valuesAt(item, rest, spelling))
  if (!Object.hasOwn(value, key)) return []
  return valuesAt(Reflect.get(value, key), rest, spelling)
}

/** What a wildcard of an allow rule must not stand for. */
const unsafe = /[\p{Cc};&|<>(){}$`]|(?:^|[/\\\s=])\.\.(?:$|[/\\\s])/u

const characters = (glob: string): number => glob.replaceAll(/[*?]/g, '').length

const allows = (glob: string, text: string, wildcards: PermissionRule['wildcards']): boolean =>
  matchesGlob(glob, text) &&
  (wildcards === 'any' || glob === '*' || glob === text || !/[*?[]/.test(glob) || !unsafe.test(text))

const matchesField = (
  { rule, wide }: SpelledRule,
  [path, globs]: readonly [string, Globs],
  input: unknown,
): boolean => {
  const names = path.split('.')
  if (rule.verdict === 'allow') {
    const values = valuesAt(input, names)
    return (
      values.length > 0 &&
      values.every(
        (text) => text !== undefined && listOf(globs).some((glob) => allows(glob, text, rule.wildcards)),
      )
    )
  }
  const read = listOf(globs).flatMap(wide.globs)
  // What cannot be read as a text may be what the rule is about.
  return wide.spellings
    .flatMap((spelling) => valuesAt(input, names, spelling))
    .some((text) => text === undefined || matchesAny(read, text))
}

/** A rule, and how it reads when it takes something away. */
export interface SpelledRule {
  readonly rule: PermissionRule
  readonly wide: WideReading
}

/** Whether a rule speaks about a call. */
export const matchesRule = (spelled: SpelledRule, call: PermissionCall): boolean => {
  const { rule } = spelled
  return (
    matchesAny(rule.tool, call.tool) &&
    (rule.agent === undefined || (call.agent !== undefined && matchesAny(rule.agent, call.agent))) &&
    Object.entries(rule.input ?? {}).every(
      (field) =>
        (isObject(call.input) || Array.isArray(call.input)) && matchesField(spelled, field, call.input),
    )
  )
}

const best = (globs: Globs | undefined, text: string | undefined): number => {
  if (globs === undefined || text === undefined) return 0
  const scores = listOf(globs).map((glob) =>
    glob === text ? 1e6 : matchesGlob(glob, text) ? characters(glob) : 0,
  )
  return Math.max(0, ...scores)
}

const narrow: WideReading = { spellings: [asItIs], globs: (glob) => [glob] }

/**
 * How much a rule that matches says: fields of the input before the tool's name, that before the agent's, and how
 * many characters of them it spells out.
 */
export const specificityOf = ({ rule, wide }: SpelledRule, call: PermissionCall): readonly number[] => {
  const fields = Object.entries(rule.input ?? {})
  const { spellings, globs: read } = rule.verdict === 'allow' ? narrow : wide
  const spelled = fields.map(([path, globs]) => {
    const values = spellings.flatMap((spelling) => valuesAt(call.input, path.split('.'), spelling))
    return Math.max(0, ...values.map((text) => best(listOf(globs).flatMap(read), text)))
  })
  return [
    fields.length,
    best(rule.tool, call.tool),
    best(rule.agent, call.agent),
    spelled.reduce((sum, count) => sum + count, 0),
  ]
}
