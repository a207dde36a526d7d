import { InvalidArgument } from '@ashlar/core'
import { basename } from 'node:path'
import { parse } from 'unbash'
import { type Field, isPlain } from './field.ts'
import { matchesGlob } from './glob-pattern.ts'
import { ask, deny, allow, type Outcome } from './outcome.ts'
import type { VerdictKind } from './verdict.ts'

/** A rule of the user's about commands that begin with these words. */
export interface CommandRule {
  /** A glob for each of the first words, or several globs of which one must match: `['git', ['push', 'pull'], 'origin']`. */
  readonly pattern: readonly (string | readonly string[])[]
  readonly verdict: VerdictKind
  /** The pattern is the whole command, not its beginning; an `allow` then also covers paths outside the project. @default false */
  readonly whole?: boolean
  /** Shown to the person who is asked, and to the agent. */
  readonly why?: string
  /** Commands the rule must speak about: checked when the policy is made. */
  readonly match?: readonly string[]
  /** Commands the rule must not speak about. */
  readonly notMatch?: readonly string[]
  /** Where it is written, such as `ashlar.config.yaml:3:7`: told with every verdict it gives. */
  readonly source?: string
}

const severity: Readonly<Record<VerdictKind, number>> = { allow: 0, ask: 1, deny: 2 }

const matchesWord = (pattern: string | readonly string[], word: string): boolean =>
  typeof pattern === 'string' ? matchesGlob(pattern, word) : pattern.some((one) => matchesGlob(one, word))

/** An allowed word has to be known to the last character; a refused one may still match. */
const matches = (rule: CommandRule, words: readonly string[]): boolean => {
  if (words.length < rule.pattern.length || (rule.whole === true && words.length !== rule.pattern.length))
    return false
  return rule.pattern.every((pattern, index) => {
    const word = words[index] ?? ''
    return (
      matchesWord(pattern, word) ||
      (index === 0 && word.includes('/') && rule.verdict !== 'allow' && matchesWord(pattern, basename(word)))
    )
  })
}

const wordsOf = (example: string): readonly string[] | undefined => {
  const script = parse(example)
  const command = script.commands[0]?.command
  if (script.errors || script.commands.length !== 1 || command?.type !== 'Command' || !command.name)
    return undefined
  return [
    command.name.value,
    ...command.suffix.flatMap((item) =>
      item.type === 'Word' ? [item.value] : item.type === 'Assignment' ? [item.text] : [],
    ),
  ]
}

const isStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

type Path = readonly (string | number)[]

/** One thing wrong with rules. */
export interface CommandRuleIssue {
  readonly message: string
  /** Where, in the list of rules: `[2, 'match', 0]`. */
  readonly path: readonly (string | number)[]
}

const exampleIssues = (rule: CommandRule, at: Path): readonly CommandRuleIssue[] => {
  const check = (name: 'match' | 'notMatch', expected: boolean): readonly CommandRuleIssue[] =>
    (rule[name] ?? []).flatMap((example, index) => {
      const words = wordsOf(example)
      if (words && matches(rule, words) === expected) return []
      const what = words
        ? expected
          ? 'does not match the rule'
          : 'matches the rule'
        : 'is not one simple command'
      return [{ path: [...at, name, index], message: `"${example}" ${what}` }]
    })
  return [...check('match', true), ...check('notMatch', false)]
}

const known = new Set(['pattern', 'verdict', 'whole', 'why', 'match', 'notMatch', 'source'])

const ruleIssues = (rule: CommandRule, at: Path): readonly CommandRuleIssue[] => {
  const issues: CommandRuleIssue[] = Object.keys(rule)
    .filter((key) => !known.has(key))
    .map((key) => ({ path: [...at, key], message: `is not known; known are ${[...known].join(', ')}` }))
  const wrong = (key: keyof CommandRule, message: string) => void issues.push({ path: [...at, key], message })
  const { pattern, verdict } = rule
  if (
    !Array.isArray(pattern) ||
    pattern.length === 0 ||
    !pattern.every((item) => typeof item === 'string' || (isStrings(item) && item.length > 0))
  )
    wrong('pattern', 'expected a list of globs (or lists of globs), one for each word')
  if (!Object.hasOwn(severity, verdict)) wrong('verdict', 'expected allow, ask or deny')
  for (const name of ['why', 'source'] as const)
    if (rule[name] !== undefined && typeof rule[name] !== 'string') wrong(name, 'expected a text')
  for (const name of ['match', 'notMatch'] as const)
    if (rule[name] !== undefined && !isStrings(rule[name])) wrong(name, 'expected a list of commands')
  if (verdict === 'allow' && issues.length === 0 && matchesWord(pattern[0] ?? '', 'zzzz-any-command'))
    wrong('pattern', 'an allow rule has to name the command, not match any')
  return issues.length > 0 ? issues : exampleIssues(rule, at)
}

/** Everything wrong with rules, examples that do not hold included. */
export const checkCommandRules = (rules: readonly CommandRule[]): readonly CommandRuleIssue[] =>
  rules.flatMap((rule, index) => ruleIssues(rule, [index]))

const describeIssue = ({ path, message }: CommandRuleIssue): string => {
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
  return `rules${place}: ${message}`
}

/** What the rules say about an argv: the strictest that matches; of equals, the first. */
export type UserRules = (argv: readonly Field[]) => { outcome: Outcome; whole: boolean } | undefined

const toOutcome = (rule: CommandRule): Outcome => {
  const name = rule.pattern.map((item) => (typeof item === 'string' ? item : item.join('|'))).join(' ')
  const why = rule.why ?? `A rule of yours about "${name}" says so.`
  return {
    ...(rule.verdict === 'allow' ? allow() : rule.verdict === 'ask' ? ask('', '') : deny('', '')),
    rule: `user:${name}`,
    why,
    ...(rule.source !== undefined && { source: rule.source }),
  }
}

/** @throws {InvalidArgument} when a rule is not well-formed or an example does not hold; the message lists all of them */
export const compileRules = (rules: readonly CommandRule[]): UserRules => {
  const issues = checkCommandRules(rules)
  if (issues.length > 0)
    throw new InvalidArgument(
      'rules',
      `rules whose examples hold:\n  ${issues.map(describeIssue).join('\n  ')}\n`,
      `${issues.length} errors`,
    )
  const compiled = rules.map((rule) => ({ rule, outcome: toOutcome(rule) }))
  return (argv) => {
    if (compiled.length === 0) return undefined
    const words = argv.map((field) => field.text)
    const isKnown = argv.every(isPlain)
    const found = compiled.filter(({ rule }) => (isKnown || rule.verdict !== 'allow') && matches(rule, words))
    const strictest = found.toSorted(
      (first, second) => severity[second.rule.verdict] - severity[first.rule.verdict],
    )[0]
    return strictest && { outcome: strictest.outcome, whole: strictest.rule.whole === true }
  }
}
