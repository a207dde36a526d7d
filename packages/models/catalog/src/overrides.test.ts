import { describe, expect, it } from 'vitest'
import { createCatalog } from './catalog.ts'
import { toOverrides } from './overrides.ts'

const model = (facts: unknown): unknown => ({ 'acme/m': facts })

describe('toOverrides', () => {
  it('takes what JSON can carry', () => {
    const given: unknown = JSON.parse(
      '{"acme/m": {"name": "M", "contextWindow": 1000, "input": {"text": true}, "prices": {"input": "1.5", "output": {"usd": 2, "tiers": [{"above": 10, "usd": "3"}]}}}}',
    )
    expect(toOverrides(given)).toBe(given)
    expect(toOverrides({})).toEqual({})
  })

  it.each([
    [[], /^overrides: expected an object/],
    [null, /^overrides: expected an object/],
    [{ m: {} }, /^overrides: expected ids as provider\/modelId or provider\/\*, received "m"/],
    [{ '/m': {} }, /ids as provider\/modelId/],
    [{ 'acme/m*': {} }, /or provider\/\*, received "acme\/m\*"/],
    [{ '*/m': {} }, /ids as provider\/modelId/],
    [{ 'acme/*': { aliases: ['m'] } }, /\["acme\/\*"\]\.aliases: expected none/],
    [model(1), /^overrides\["acme\/m"\]: expected an object, received 1/],
    [model({ contextWindw: 1 }), /expected none but name, aliases, contextWindow.*received "contextWindw"/],
    [model({ contextWindow: 0 }), /^overrides\["acme\/m"\]\.contextWindow: expected a whole number above 0/],
    [model({ maxOutputTokens: 1.5 }), /a whole number above 0, received 1\.5/],
    [model({ name: ' ' }), /\.name: expected a text/],
    [model({ aliases: 'a' }), /\.aliases: expected a list/],
    [model({ aliases: ['a', ''] }), /\.aliases\[1\]: expected a text/],
    [model({ input: { smell: true } }), /none but text, image, audio, video, file, received "smell"/],
    [model({ output: { text: 'yes' } }), /\.output\.text: expected true or false/],
    [model({ encoding: 'o300k_base' }), /\.encoding: expected o200k_base/],
    [model({ shutdown: 'soon' }), /\.shutdown: expected a day as YYYY-MM-DD/],
    [model({ prices: { inptu: '1' } }), /\.prices: expected none but input, output.*received "inptu"/],
    [model({ prices: { input: '-1' } }), /\.prices\.input: expected US dollars/],
    [
      model({ prices: { input: { usd: '1', tiers: [{ above: 0, usd: '2' }] } } }),
      /tiers\[0\]\.above: expected a whole/,
    ],
    [model({ prices: { input: { tiers: [] } } }), /\.prices\.input\.usd: expected a value/],
    [model({ prices: [{ from: 'now', prices: {} }] }), /\.prices\[0\]\.from: expected a day/],
    [model({ prices: [{ daily: { start: '1:00' }, prices: {} }] }), /\.daily\.end: expected a value/],
    [model({ prices: 3 }), /\.prices: expected an object/],
    [JSON.parse('{"acme/m": {"__proto__": 1}}'), /received "__proto__"/],
  ])('refuses %j', (given, message) => {
    expect(() => toOverrides(given)).toThrow(message)
  })
})

describe('createCatalog', () => {
  it('refuses two overrides of a model and an alias used twice', () => {
    expect(() => createCatalog({ overrides: { 'gemini/m': {}, 'google/M': {} } })).toThrow(
      /one override a model/,
    )
    expect(() =>
      createCatalog({ overrides: { 'a/m': { aliases: ['x'] }, 'a/n': { aliases: ['X'] } } }),
    ).toThrow(/aliases used once, received "X"/)
  })
})
