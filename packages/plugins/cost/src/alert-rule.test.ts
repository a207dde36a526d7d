import { fakeClock, scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import type { AlertFacts, AlertSink, BudgetAlert } from './alert.ts'
import { type AlertRule, dueAlerts, paceRule, spentRule } from './alert-rule.ts'
import { routeAlert } from './alert-route.ts'
import type { AlertSilence } from './alert-silence.ts'
import { type BudgetOptions, createBudget } from './create-budget.ts'
import { forever } from './ledger.ts'
import { memoryLedger } from './memory-ledger.ts'

const dollar = 10n ** 12n
const facts: AlertFacts = {
  scope: 'key',
  id: 'alice',
  from: Date.UTC(2026, 2, 1),
  until: Date.UTC(2026, 3, 1),
  at: Date.UTC(2026, 2, 8),
  limit: 10n * dollar,
  spent: 0n,
  reserved: 0n,
  window: 'month',
  timeZone: 'UTC',
}
const dayMs = 86_400_000

describe('rules', () => {
  it('tell of an amount that is spent', () => {
    const { name, when } = spentRule('2.50')
    expect(name).toBe('spent 2.50')
    expect(when({ ...facts, spent: 2_499_999_999_999n })).toBeUndefined()
    expect(when({ ...facts, spent: 2_500_000_000_000n })).toBe(
      '$2.50 of the budget of $10.00 a month for key alice is spent, $2.50 or more.',
    )
    expect(() => spentRule('much')).toThrow('usd: expected')
  })

  it('tell of a pace that is too fast for the window', () => {
    const { when } = paceRule()
    // A week of 31 days: 10 / 31 × 7 may be spent.
    expect(when({ ...facts, spent: (dollar * 70n) / 31n })).toBeUndefined()
    expect(when({ ...facts, spent: 3n * dollar })).toBe(
      'At this pace $13.29 of the budget of $10.00 a month for key alice will be spent when its month ends: $3.00 is.',
    )
    expect(when({ ...facts, at: facts.from + dayMs, spent: 9n * dollar })).toBeUndefined()
    expect(
      paceRule({ after: 0.01 }).when({ ...facts, at: facts.from + dayMs, spent: 9n * dollar }),
    ).toContain('$279.00')
    expect(when({ ...facts, ...forever, window: undefined, spent: 9n * dollar })).toBeUndefined()
    expect(() => paceRule({ after: 1 })).toThrow('after: expected')
  })

  it('are looked at with the shares and the refusal', () => {
    const rules: AlertRule[] = [
      { name: 'quiet', when: () => undefined },
      { name: 'loud', when: ({ needed }) => `needed ${needed}` },
    ]
    const due = dueAlerts({ ...facts, spent: 5n * dollar, needed: 7n }, { alertAt: [0.5, 0.6], rules })
    expect(due.map(({ rule, share, message }) => [rule, share, message])).toEqual([
      ['share', 0.5, '50 % of the budget of $10.00 a month for key alice is used: $5.00 is spent.'],
      [
        'refused',
        0.5,
        expect.stringContaining('it may cost $0.000000000007, $5.00 is spent and $0.00 reserved'),
      ],
      ['loud', 0.5, 'needed 7'],
    ])
  })
})

const model = scriptedModel([])
const bench = (options: BudgetOptions) => {
  const heard: BudgetAlert[] = []
  const sink: AlertSink = (alert) => void heard.push(alert)
  const clock = fakeClock(facts.from)
  const cost = { pico: dollar, priceSource: 'test', priceVersion: '1' }
  const ledger = memoryLedger()
  const spending = createBudget({
    per: 'key',
    alerts: [sink],
    ledger,
    clock,
    pricing: () => ({ most: dollar, costOf: () => cost }),
    ...options,
  })
  const spend = async (key = 'alice'): Promise<void> => {
    const meter = spending.meter({ key })
    const settle = await meter.reserve(model, { messages: [] }).catch(() => undefined)
    settle?.({ inputTokens: 1, outputTokens: 1 })
    await meter.settled()
    await clock.advance(0)
  }
  return { spend, heard, clock, ledger, spending, rules: () => heard.map(({ id, rule }) => `${id} ${rule}`) }
}

describe('alerts of a budget', () => {
  it('follow rules of your own, once a window', async () => {
    const { spend, clock, rules } = bench({
      usd: 100,
      window: 'day',
      alertAt: [],
      alertRules: [
        spentRule(2),
        { name: 'third call', when: ({ spent }) => (spent === 3n * dollar ? 'third' : undefined) },
      ],
    })
    for (let call = 0; call < 5; call++) await spend()
    expect(rules()).toEqual(['alice spent 2', 'alice third call'])
    await clock.advance(dayMs)
    for (let call = 0; call < 2; call++) await spend()
    expect(rules()).toEqual(['alice spent 2', 'alice third call', 'alice spent 2'])
  })

  it('are silent for a time, and told after it when they still hold', async () => {
    const silences: AlertSilence[] = [{ id: 'alice', rule: 'share', until: facts.from + 3_600_000 }]
    const { spend, clock, rules } = bench({ usd: 2, window: 'day', alertAt: [0.5], silences })
    for (const key of ['alice', 'bob', 'alice', 'alice']) await spend(key)
    expect(rules()).toEqual(['bob share', 'alice refused'])
    await clock.advance(3_599_999)
    await spend()
    expect(rules()).toHaveLength(2)
    await clock.advance(1)
    await spend()
    await spend()
    expect(rules()).toEqual(['bob share', 'alice refused', 'alice share'])
    // The next day nothing is silent, until the list is changed.
    await clock.advance(dayMs)
    await spend('bob')
    silences.push({ from: clock.now() - 1, until: new Date(clock.now() + dayMs) })
    await spend('alice')
    expect(rules().slice(3)).toEqual(['bob share'])
  })

  it('go where they are routed', async () => {
    const refusals: string[] = []
    const pager = Object.assign(({ rule }: BudgetAlert) => void refusals.push(rule), { receiver: 'pager' })
    const heard: string[] = []
    const { spend } = bench({
      usd: 1,
      alerts: [routeAlert({ rule: 'refused' }, pager), ({ rule }) => void heard.push(rule)],
    })
    await spend()
    await spend()
    expect([refusals, heard]).toEqual([['refused'], ['share', 'share', 'refused']])
    expect(routeAlert({ rule: 'refused' }, pager).receiver).toBe('pager {"rule":"refused"}')
  })

  it('tell of what lost calls were charged, even when nobody spends from that account again', async () => {
    const { spend, heard, clock, spending, rules } = bench({ usd: 1, alertAt: [1], leaseMs: 1000 })
    await spending.meter({ key: 'lost' }).reserve(model, { messages: [] })
    await spend('other')
    expect(rules()).toEqual(['other share'])
    await clock.advance(60_000)
    await spend('third')
    await spending.flush()
    expect(new Set(rules())).toEqual(new Set(['other share', 'lost share', 'third share']))
    expect(heard.find(({ id }) => id === 'lost')).toMatchObject({ spent: dollar, reserved: 0n })
  })

  it('tell of what was lost when it makes room, or makes none', async () => {
    const { clock, spending, rules } = bench({ usd: 1, alertAt: [1], leaseMs: 1000, per: 'run' })
    const meter = spending.meter({ runId: 'r' })
    await meter.reserve(model, { messages: [] })
    await clock.advance(1000)
    await expect(meter.reserve(model, { messages: [] })).rejects.toThrow('has no room')
    await spending.flush()
    expect(rules()).toEqual(['r share', 'r refused'])
  })

  it('tell at the start what a process that died has not even written down', async () => {
    const { ledger, clock, heard } = bench({ usd: 1 })
    const limit = { scope: 'key', id: 'alice', ...forever, limit: dollar } as const
    const call = {
      provider: 'p',
      modelId: 'm',
      key: 'alice',
      amount: dollar,
      at: facts.from,
      leaseUntil: facts.from + 1,
    }
    await ledger.reserve({ ...call, id: '1' }, [limit])
    await ledger.settle('1', { outcome: 'ok', cost: dollar, at: facts.from })
    const next = createBudget({
      usd: 1,
      per: 'key',
      ledger,
      clock,
      alertAt: [1],
      alerts: [(alert) => void heard.push(alert)],
      pricing: () => ({ most: 1n, costOf: () => ({ pico: 1n, priceSource: 'test', priceVersion: '1' }) }),
    })
    await next.meter({ key: 'bob' }).reserve(model, { messages: [] })
    await next.flush()
    expect(heard).toMatchObject([{ id: 'alice', share: 1 }])
  })

  it.each<[string, Partial<BudgetOptions>]>([
    ['alertLeaseMs', { alertLeaseMs: 0 }],
    ['alertRules[0].name', { alertRules: [{ name: 'share', when: () => undefined }] }],
    ['alertRules[1].name', { alertRules: [spentRule(1), spentRule(1)] }],
    ['silences[0].until', { silences: [{ until: Number.NaN }] }],
    ['silences[0].from', { silences: [{ from: 5, until: new Date(5) }] }],
  ])('refuse a wrong %s', (argument, options) => {
    expect(() => createBudget({ usd: 1, ...options })).toThrow(`${argument}: expected`)
  })
})
