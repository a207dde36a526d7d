import { InvalidArgument } from '@ashlar/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSelector } from './select-agent.ts'

const agents = [
  { id: 'a', priority: 1, capabilities: ['read'] },
  { id: 'b', priority: 5, capabilities: ['read', 'write'] },
  { id: 'c', priority: 5 },
]
const pick = (select: ReturnType<typeof createSelector>, times: number, capabilities?: string[]): string[] =>
  Array.from({ length: times }, () => select(agents, capabilities && { capabilities })?.id ?? 'none')

describe('createSelector', () => {
  it('chooses by its strategy', () => {
    expect(pick(createSelector('first'), 2)).toEqual(['a', 'a'])
    expect(pick(createSelector('priority'), 2)).toEqual(['b', 'b'])
    expect(pick(createSelector('round-robin'), 4)).toEqual(['a', 'b', 'c', 'a'])
    expect(pick(createSelector('least-recently-used'), 4)).toEqual(['a', 'b', 'c', 'a'])
  })
  it('chooses only those that can', () => {
    expect(pick(createSelector('round-robin'), 3, ['read'])).toEqual(['a', 'b', 'a'])
    expect(pick(createSelector('priority'), 1, ['read', 'write'])).toEqual(['b'])
    expect(pick(createSelector('first'), 1, ['fly'])).toEqual(['none'])
    expect(createSelector('priority')([])).toBeUndefined()
  })
  it('least recently used is what it says, whoever can do what', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom([], ['read'], ['write']), { maxLength: 30 }), (asked) => {
        const select = createSelector('least-recently-used')
        const used: string[] = []
        for (const capabilities of asked) {
          const fit = agents.filter((one) => capabilities.every((what) => one.capabilities?.includes(what)))
          const oldest = Math.min(...fit.map(({ id }) => used.lastIndexOf(id)))
          const { id = '' } = select(agents, { capabilities }) ?? {}
          expect(used.lastIndexOf(id)).toBe(oldest)
          used.push(id)
        }
      }),
    )
  })
  it('goes round though agents come and go', () => {
    const select = createSelector('round-robin')
    expect(select(agents)?.id).toBe('a')
    expect(select(agents.slice(1))?.id).toBe('b')
    expect(select(agents)?.id).toBe('c')
    expect(() => createSelector(JSON.parse('"best"'))).toThrow(InvalidArgument)
  })
})
