import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BudgetWindow, createWindow, dateAt, timeAt } from './window.ts'

const at = (text: string): number => Date.parse(text)
const hours = 3_600_000
const span = (window: BudgetWindow, timeZone: string, time: string): [string, string, number] => {
  const { from, until } = createWindow({ window, timeZone })(at(time))
  return [timeAt(from, timeZone), timeAt(until, timeZone), (until - from) / hours]
}

describe('createWindow', () => {
  it.each<[BudgetWindow, string, string, string, string, number]>([
    ['day', 'UTC', '2026-03-29T12:00Z', '2026-03-29T00:00:00+00:00', '2026-03-30T00:00:00+00:00', 24],
    // Clocks go forward, and back.
    [
      'day',
      'Europe/Berlin',
      '2026-03-29T12:00Z',
      '2026-03-29T00:00:00+01:00',
      '2026-03-30T00:00:00+02:00',
      23,
    ],
    [
      'day',
      'Europe/Berlin',
      '2026-10-25T12:00Z',
      '2026-10-25T00:00:00+02:00',
      '2026-10-26T00:00:00+01:00',
      25,
    ],
    [
      'day',
      'America/New_York',
      '2026-11-01T05:30Z',
      '2026-11-01T00:00:00-04:00',
      '2026-11-02T00:00:00-05:00',
      25,
    ],
    // There is no midnight on that day: it begins at one o'clock.
    [
      'day',
      'America/Santiago',
      '2026-09-06T12:00Z',
      '2026-09-06T01:00:00-03:00',
      '2026-09-07T00:00:00-03:00',
      23,
    ],
    // Half an hour.
    [
      'day',
      'Australia/Lord_Howe',
      '2026-10-04T03:00Z',
      '2026-10-04T00:00:00+10:30',
      '2026-10-05T00:00:00+11:00',
      23.5,
    ],
    // Samoa left out the 30th of December 2011.
    [
      'day',
      'Pacific/Apia',
      '2011-12-30T09:00Z',
      '2011-12-29T00:00:00-10:00',
      '2011-12-31T00:00:00+14:00',
      24,
    ],
    [
      'week',
      'Europe/Berlin',
      '2026-03-25T12:00Z',
      '2026-03-23T00:00:00+01:00',
      '2026-03-30T00:00:00+02:00',
      167,
    ],
    ['week', 'UTC', '2027-01-01T00:00Z', '2026-12-28T00:00:00+00:00', '2027-01-04T00:00:00+00:00', 168],
    ['week', 'UTC', '2026-11-22T23:59Z', '2026-11-16T00:00:00+00:00', '2026-11-23T00:00:00+00:00', 168],
    ['month', 'UTC', '2028-02-29T12:00Z', '2028-02-01T00:00:00+00:00', '2028-03-01T00:00:00+00:00', 29 * 24],
    [
      'month',
      'Europe/Berlin',
      '2026-10-31T23:30Z',
      '2026-11-01T00:00:00+01:00',
      '2026-12-01T00:00:00+01:00',
      720,
    ],
    [
      'month',
      'Europe/Berlin',
      '2026-10-31T22:30Z',
      '2026-10-01T00:00:00+02:00',
      '2026-11-01T00:00:00+01:00',
      745,
    ],
    [
      'month',
      'Asia/Tokyo',
      '2026-12-31T15:00Z',
      '2027-01-01T00:00:00+09:00',
      '2027-02-01T00:00:00+09:00',
      744,
    ],
  ])('a %s in %s at %s', (window, timeZone, time, from, until, length) => {
    expect(span(window, timeZone, time)).toEqual([from, until, length])
  })

  it('has every time in one window, and windows without gaps', () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'America/Sao_Paulo',
      'Africa/Cairo',
      'Asia/Kathmandu',
      'Pacific/Apia',
    ]
    const windows: BudgetWindow[] = ['day', 'week', 'month']
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom(...windows),
        fc.integer({ min: at('2005-01-01T00:00Z'), max: at('2040-01-01T00:00Z') }),
        (timeZone, window, time) => {
          const spanOf = createWindow({ window, timeZone })
          const { from, until } = spanOf(time)
          expect(from).toBeLessThanOrEqual(time)
          expect(until).toBeGreaterThan(time)
          expect(spanOf(until).from).toBe(until)
          expect(spanOf(from - 1).until).toBe(from)
          expect(spanOf(until - 1)).toEqual({ from, until })
          if (window === 'day') expect(dateAt(until - 1, timeZone)).toBe(dateAt(from, timeZone))
        },
      ),
    )
  })

  it('never ends without a window', () => {
    const spanOf = createWindow({})
    expect(spanOf(0)).toEqual(spanOf(8e15))
  })

  it('refuses what is no window and no time zone', () => {
    expect(() => createWindow({ window: 'day', timeZone: 'Europe/Atlantis' })).toThrow(
      'timeZone: expected an IANA time zone',
    )
    const wrong: { window: BudgetWindow } = { window: 'day' }
    Reflect.set(wrong, 'window', 'year')
    expect(() => createWindow(wrong)).toThrow("window: expected 'day', 'week' or 'month'")
  })
})
