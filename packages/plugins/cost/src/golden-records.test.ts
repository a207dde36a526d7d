import { createCatalog, pricesAt } from '@ashlar/catalog'
import { describe, expect, it } from 'vitest'
import { toBillableUsage } from './billable-usage.ts'
import { costOf } from './cost-of.ts'
import { goldenDate, goldenRecords } from './fixture-golden-records.ts'
import { toUsdString } from './money.ts'

describe('golden records', () => {
  it.each(goldenRecords)('$name: $usd', ({ call, usage, usd }) => {
    const billable = toBillableUsage(usage)
    expect(billable).toBeDefined()
    if (!billable) return
    const cost = costOf(billable, { ...call, at: goldenDate })
    expect(toUsdString(cost.pico)).toBe(usd)
    expect(cost.lines.reduce((sum, { pico }) => sum + pico, 0n)).toBe(cost.pico)
    expect(cost.priceSource).toMatch(/^@pydantic\/genai-prices/)
    expect(cost.priceVersion).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('would tell a token more, or the cache taken for input', () => {
    const [record] = goldenRecords
    if (!record) return expect.unreachable()
    const { call, usage, usd } = record
    const billable = toBillableUsage(usage)
    const { cachedInputTokens: _, ...uncached } = billable ?? { inputTokens: 0, outputTokens: 0 }
    expect(toUsdString(costOf(uncached, { ...call, at: goldenDate }).pico)).not.toBe(usd)
    const more = { ...uncached, ...billable, outputTokens: 301 }
    expect(toUsdString(costOf(more, { ...call, at: goldenDate }).pico)).not.toBe(usd)
  })

  it('are all of it exact: hardly a price of the catalog needs more places than a picodollar has', () => {
    const fine = (usd: string): boolean => (usd.split('.')[1] ?? '').replace(/0+$/, '').length <= 6
    const inexact = createCatalog()
      .list()
      .flatMap(({ id, prices }) =>
        Object.values(pricesAt(prices, goldenDate) ?? {}).flatMap(({ usd }) =>
          fine(usd) ? [] : [`${id} ${usd}`],
        ),
      )
    // Sixths of a dollar and slips of floating point in the list; none of a vendor that is called directly.
    expect(inexact.every((each) => /^(?:openrouter|huggingface_\w+)\//.test(each))).toBe(true)
    expect(inexact.length).toBeLessThan(10)
  })
})
