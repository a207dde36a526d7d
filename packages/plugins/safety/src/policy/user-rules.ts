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

const exampleErrors = (rule: CommandRule, at: string): readonly string[] => {
  const check = (
    examples: readonly string[] | undefined,
    expected: boolean,
    name: string,
  ): readonly string[] =>
    (examples ?? []).flatMap((example, index) => {
      const words = wordsOf(example)
      if (!words) return [`${at}.${name}[${index}]: "${example}" is not one simple command`]
      if (matches(rule, words) === expected) return []
      return [`${at}.${name}[${index}]: "${example}" ${expected ? 'does not match' : 'matches'}`]
    })
  return [...check(rule.match, true, 'match'), ...check(rule.notMatch, false, 'notMatch')]
}

const known = new Set(['pattern', 'verdict', 'whole', 'why', 'match', 'notMatch'])

const ruleErrors = (rule: CommandRule, at: string): readonly string[] => {
  const errors: string[] = Object.keys(rule)
    .filter((key) => !known.has(key))
    .map((key) => `${at}.${key}: is not known; known are ${[...known].join(', ')}`)
  const { pattern, verdict, why } = rule
  if (
    !Array.isArray(pattern) ||
    pattern.length === 0 ||
    !pattern.every((item) => typeof item === 'string' || (isStrings(item) && item.length > 0))
  )
    errors.push(`${at}.pattern: expected a list of globs (or lists of globs), one for each word`)
  if (!(verdict in severity)) errors.push(`${at}.verdict: expected allow, ask or deny`)
  if (why !== undefined && typeof why !== 'string') errors.push(`${at}.why: expected a text`)
  for (const name of ['match', 'notMatch'] as const)
    if (rule[name] !== undefined && !isStrings(rule[name]))
      errors.push(`${at}.${name}: expected a list of commands`)
  if (verdict === 'allow' && errors.length === 0 && matchesWord(pattern[0] ?? '', 'zzzz-any-command'))
    errors.push(`${at}.pattern: an allow rule has to name the command, not match any`)
  return errors.length > 0 ? errors : exampleErrors(rule, at)
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
  }
}

/** @throws {InvalidArgument} when a rule is not well-formed or an example does not hold; the message lists all of them */
export const compileRules = (rules: readonly CommandRule[]): UserRules => {
  const errors = rules.flatMap((rule, index) => ruleErrors(rule, `rules[${index}]`))
  if (errors.length > 0)
    throw new InvalidArgument(
      'rules',
      `rules whose examples hold:\n  ${errors.join('\n  ')}\n`,
      `${errors.length} errors`,
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
