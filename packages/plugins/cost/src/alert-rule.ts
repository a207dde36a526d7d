import { InvalidArgument } from '@ashlar/core'
import { type AlertFacts, type BudgetAlert, describeBudget } from './alert.ts'
import { formatUsd, toPicoDollars } from './money.ts'

/** Something worth telling besides the shares of a limit and its first refusal. */
export interface AlertRule {
  /** It is told once a window under this name. */
  readonly name: string
  /** Looks at a budget after each of its calls: what to say, or nothing. */
  readonly when: (facts: AlertFacts) => string | undefined
}

/** An amount was spent, whatever share of the limit that is. @throws InvalidArgument for what is no amount */
export const spentRule = (usd: number | string): AlertRule => {
  const amount = toPicoDollars(String(usd))
  return {
    name: `spent ${usd}`,
    when: (facts) =>
      facts.spent >= amount
        ? `${formatUsd(facts.spent)} of ${describeBudget(facts)} is spent, ${formatUsd(amount)} or more.`
        : undefined,
  }
}

export interface PaceRuleOptions {
  /** The share of the window to wait for before it is judged, as a few calls are no pace. @default 0.1 */
  readonly after?: number
}

/** A window's budget would be spent before the window ends if its calls went on as they have. */
export const paceRule = ({ after = 0.1 }: PaceRuleOptions = {}): AlertRule => {
  if (!(after > 0 && after < 1)) throw new InvalidArgument('after', 'a share between 0 and 1', after)
  return {
    name: 'pace',
    when: (facts) => {
      const { from, until, at, spent, limit, window } = facts
      const gone = at - from
      if (window === undefined || gone < after * (until - from)) return undefined
      const inAll = (spent * BigInt(until - from)) / BigInt(gone)
      if (inAll <= limit) return undefined
      return `At this pace ${formatUsd(inAll)} of ${describeBudget(facts)} will be spent when its ${window} ends: ${formatUsd(spent)} is.`
    },
  }
}

/** Thousandths of a percent are enough for a share. */
const steps = 100_000

const isReached = ({ spent, limit }: AlertFacts, share: number): boolean =>
  limit > 0n && spent * BigInt(steps) >= limit * BigInt(Math.round(share * steps))

const usedShare = ({ spent, limit }: AlertFacts): number =>
  limit > 0n ? Number((spent * BigInt(steps)) / limit) / steps : 1

const shareAlert = (facts: AlertFacts, share: number): BudgetAlert => {
  const percent = Number((share * 100).toFixed(3))
  const message = `${percent} % of ${describeBudget(facts)} is used: ${formatUsd(facts.spent)} is spent.`
  return { ...facts, rule: 'share', share, message }
}

const refusal = (facts: AlertFacts, needed: bigint): string =>
  `A call had no room in ${describeBudget(facts)} and was refused: it may cost ${formatUsd(needed)}, ${formatUsd(facts.spent)} is spent and ${formatUsd(facts.reserved)} reserved.`

/** All there is to tell about a budget as it stands, told before or not. */
export const dueAlerts = (
  facts: AlertFacts,
  { alertAt, rules }: { readonly alertAt: readonly number[]; readonly rules: readonly AlertRule[] },
): readonly BudgetAlert[] => {
  const other = (rule: string, message: string): BudgetAlert => ({
    ...facts,
    rule,
    share: usedShare(facts),
    message,
  })
  const { needed } = facts
  return [
    ...alertAt.filter((share) => isReached(facts, share)).map((share) => shareAlert(facts, share)),
    ...(needed === undefined ? [] : [other('refused', refusal(facts, needed))]),
    ...rules.flatMap(({ name, when }) => {
      const message = when(facts)
      return message === undefined ? [] : [other(name, message)]
    }),
  ]
}
