import { InvalidArgument, isObject } from '@ashlar/core'
import type { PermissionRule } from './permission-rule.ts'

const verdicts: readonly unknown[] = ['allow', 'ask', 'deny']
const known = ['verdict', 'tool', 'agent', 'input', 'wildcards', 'why']

const globErrors = (value: unknown, at: string): string[] => {
  const globs: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (globs.length === 0) return [`${at}: expected at least one glob`]
  return globs.flatMap((glob, index) =>
    typeof glob === 'string' && glob !== ''
      ? []
      : [
          `${at}${Array.isArray(value) ? `[${index}]` : ''}: expected a glob, received ${JSON.stringify(glob) ?? 'nothing'}`,
        ],
  )
}

const inputErrors = (input: unknown, at: string): string[] => {
  if (!isObject(input)) return [`${at}: expected globs by path, as { "command": "git *" }`]
  const entries = Object.entries(input)
  if (entries.length === 0) return [`${at}: expected at least one path`]
  return entries.flatMap(([path, globs]) => {
    const name = `${at}[${JSON.stringify(path)}]`
    const bad =
      path === '' || path.split('.').includes('') ? [`${name}: expected names with dots between`] : []
    return [...bad, ...globErrors(globs, name)]
  })
}

const ruleErrors = (rule: unknown, at: string): string[] => {
  if (!isObject(rule)) return [`${at}: expected a rule, as { "tool": "git_*", "verdict": "allow" }`]
  const { verdict, tool, agent, input, wildcards, why } = rule
  const errors = Object.keys(rule)
    .filter((key) => !known.includes(key))
    .map((key) => `${at}.${key}: is not known; known are ${known.join(', ')}`)
  if (!verdicts.includes(verdict))
    errors.push(
      `${at}.verdict: expected allow, ask or deny, received ${JSON.stringify(verdict) ?? 'nothing'}`,
    )
  errors.push(...globErrors(tool, `${at}.tool`))
  if (agent !== undefined) errors.push(...globErrors(agent, `${at}.agent`))
  if (input !== undefined) errors.push(...inputErrors(input, `${at}.input`))
  if (wildcards !== undefined && wildcards !== 'safe' && wildcards !== 'any')
    errors.push(`${at}.wildcards: expected safe or any, received ${JSON.stringify(wildcards)}`)
  if (why !== undefined && typeof why !== 'string') errors.push(`${at}.why: expected a text`)
  return errors
}

/** A frozen copy of rules: what was checked does not change. */
const copied = (rules: readonly PermissionRule[]): readonly PermissionRule[] =>
  rules.map((rule) => Object.freeze(structuredClone(rule)))

/**
 * Checks rules, from a configuration file say.
 * @throws InvalidArgument whose message lists everything that is wrong, each with its path
 */
export const defineRules = (
  rules: readonly PermissionRule[],
  at: string = 'rules',
): readonly PermissionRule[] => {
  const given: unknown = rules
  if (!Array.isArray(given)) throw new InvalidArgument(at, 'a list of rules', given)
  const errors = given.flatMap((rule, index) => ruleErrors(rule, `${at}[${index}]`))
  if (errors.length === 0) return copied(rules)
  throw new InvalidArgument(
    at,
    `rules without errors:\n  ${errors.join('\n  ')}\n`,
    `${errors.length} errors`,
  )
}
