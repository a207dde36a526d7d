import { matchesRule, specificityOf } from './match-rule.ts'
import type {
  PermissionCall,
  PermissionDecision,
  PermissionRule,
  PermissionVerdict,
} from './permission-rule.ts'
import { readWidely, type WideReading } from './spellings.ts'
import type { YoloSession } from './yolo-session.ts'

/**
 * `ask`: what no rule speaks of is allowed if it is read-only, else a person is asked. `auto`: what no rule speaks of
 * is allowed. `plan`: only read-only tools run; everything else is refused with words for the model.
 */
export type ApprovalMode = 'ask' | 'auto' | 'plan'

export interface DecideOptions {
  /** @default 'ask' */
  readonly mode?: ApprovalMode
  /**
   * The folder that paths in inputs are relative to: `deny` and `ask` see `./a`, `x/../a` and its absolute path as `a`.
   * @default not known: they see an absolute path as each of its ends, so that `a/*` speaks about `/any/a/b`
   */
  readonly root?: string
  /**
   * While it lasts, nobody is asked where no rule speaks. `ask` rules hold unless one of the session speaks as well. Deny
   * beats it, and so does `plan`.
   */
  readonly yolo?: Pick<YoloSession, 'isActive' | 'rules'> | undefined
}

const severity: Readonly<Record<PermissionVerdict, number>> = { allow: 0, ask: 1, deny: 2 }

interface Found {
  readonly rule: PermissionRule
  readonly name: string
  readonly specificity: readonly number[]
}

const compare = (a: Found, b: Found): number => {
  for (const [index, score] of a.specificity.entries()) {
    const difference = (b.specificity[index] ?? 0) - score
    if (difference !== 0) return difference
  }
  return severity[b.rule.verdict] - severity[a.rule.verdict]
}

const found = (
  call: PermissionCall,
  rules: readonly PermissionRule[],
  { name, wide }: { readonly name: string; readonly wide: WideReading },
): Found[] =>
  rules
    .flatMap((rule, index) => {
      const spelled = { rule, wide }
      return matchesRule(spelled, call)
        ? [{ rule, name: `${name}[${index}]`, specificity: specificityOf(spelled, call) }]
        : []
    })
    .toSorted(compare)

const spoken = ({ rule, name }: Found, by: string): PermissionDecision => ({
  verdict: rule.verdict,
  rule: name,
  why: rule.why ?? by,
})

/** The decision about what may change something where no rule speaks: a person's. */
export const unspoken = 'default:ask'

const planned =
  'Planning: only tools that change nothing run. Go on without it, and put into the plan what you would do.'

const ruled = (rule: Found): PermissionDecision =>
  spoken(rule, rule.rule.verdict === 'allow' ? 'A rule allows it.' : 'A rule asks for a person.')

/**
 * What becomes of a call: `deny` beats everything, otherwise the most specific rule decides, of equals the stricter.
 * @param rules checked by `defineRules`
 */
export const decide = (
  call: PermissionCall,
  rules: readonly PermissionRule[],
  { mode = 'ask', root, yolo }: DecideOptions = {},
): PermissionDecision => {
  const readOnly = call.readOnly === true
  const session = yolo?.isActive() === true ? yolo : undefined
  const wide = readWidely(root)
  const own = found(call, rules, { name: 'rules', wide })
  const yolos = found(call, session?.rules ?? [], { name: 'yolo.rules', wide })
  const denied = [...own, ...yolos].toSorted(compare).find(({ rule }) => rule.verdict === 'deny')
  if (denied) return spoken(denied, 'A rule forbids it.')
  if (mode === 'plan' && !readOnly) return { verdict: 'deny', rule: 'mode:plan', why: planned }
  const [first] = own
  if (session) {
    const [said] = yolos
    if (said) return spoken(said, 'A rule of the session says so.')
    if (first?.rule.verdict === 'ask') return ruled(first)
    return { verdict: 'allow', rule: 'yolo', why: 'The session allows what no rule asks about.' }
  }
  if (first) return ruled(first)
  if (readOnly) return { verdict: 'allow', rule: 'default:read-only', why: 'The tool changes nothing.' }
  if (mode === 'auto')
    return { verdict: 'allow', rule: 'mode:auto', why: 'No rule forbids it or asks for a person.' }
  return { verdict: 'ask', rule: unspoken, why: 'The tool may change something, and no rule allows it.' }
}
