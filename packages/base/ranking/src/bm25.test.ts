import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBm25 } from './bm25.ts'

const words = ['sun', 'moon', 'star', 'sky', 'the', 'night']
const text = fc.array(fc.constantFrom(...words), { maxLength: 8 }).map((parts) => parts.join(' '))
const documents = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), text)

/** BM25 as it is written down. */
const scoreByDefinition = (docs: Record<string, string>, id: string, query: string): number => {
  const split = (of: string): string[] => of.split(' ').filter(Boolean)
  const all = Object.values(docs).map(split)
  const average = all.reduce((sum, { length }) => sum + length, 0) / all.length
  const own = split(docs[id] ?? '')
  return split(query).reduce((score, term) => {
    const holders = all.filter((doc) => doc.includes(term)).length
    const count = own.filter((each) => each === term).length
    const idf = Math.log(1 + (all.length - holders + 0.5) / (holders + 0.5))
    return count === 0
      ? score
      : score + (idf * count * 2.2) / (count + 1.2 * (0.25 + (0.75 * own.length) / average))
  }, 0)
}

describe('createBm25', () => {
  it('scores as BM25 is defined, and finds all and only what shares a word', () => {
    fc.assert(
      fc.property(documents, text, (docs, query) => {
        const index = createBm25()
        for (const [id, content] of Object.entries(docs)) index.add(id, content)
        const found = index.search(query, 100)
        for (const { id, score } of found) expect(score).toBeCloseTo(scoreByDefinition(docs, id, query), 10)
        const expected = Object.keys(docs).filter((id) => scoreByDefinition(docs, id, query) > 0)
        expect(found.map(({ id }) => id).toSorted()).toEqual(expected.toSorted())
        const scores = found.map(({ score }) => score)
        expect(scores).toEqual(scores.toSorted((a, b) => b - a))
      }),
    )
  })

  it('is after removals and replacements what it would be without them', () => {
    fc.assert(
      fc.property(documents, documents, text, (docs, noise, query) => {
        const [index, clean] = [createBm25(), createBm25()]
        for (const [id, content] of Object.entries(noise)) index.add(id, content)
        for (const id of Object.keys(noise)) if (!(id in docs)) expect(index.remove(id)).toBe(true)
        for (const [id, content] of Object.entries(docs)) {
          index.add(id, content)
          clean.add(id, content)
        }
        expect(index.size).toBe(clean.size)
        expect(index.search(query)).toEqual(clean.search(query))
      }),
    )
  })

  it('prefers what is rare, repeated and short', () => {
    const index = createBm25()
    index.add('rare', 'moon the')
    index.add('common', 'sun the')
    index.add('other', 'sun the')
    expect(index.search('moon sun the').map(({ id }) => id)).toEqual(['rare', 'common', 'other'])
    index.add('twice', 'moon moon')
    expect(index.search('moon')[0]?.id).toBe('twice')
    index.add('long', 'moon moon and a great many other words that are not it')
    expect(index.search('moon').at(-1)?.id).toBe('long')
  })

  it('reads any script', () => {
    const index = createBm25()
    index.add('zh', '人工智能正在改变世界')
    index.add('ru', 'Большие языковые модели')
    index.add('en', 'Large language models')
    expect(index.search('改变').map(({ id }) => id)).toEqual(['zh'])
    expect(index.search('МОДЕЛИ').map(({ id }) => id)).toEqual(['ru'])
    expect(index.search('ŁARGE')).toEqual([])
  })

  it('takes another tokenizer', () => {
    const index = createBm25({ tokenizer: (whole) => [whole.slice(0, 1)] })
    index.add('a', 'xylophone')
    expect(index.search('x-ray').map(({ id }) => id)).toEqual(['a'])
  })

  it('finds nothing in nothing', () => {
    const index = createBm25()
    expect(index.search('sun')).toEqual([])
    expect(index.remove('a')).toBe(false)
    index.add('a', '')
    expect(index.search('sun')).toEqual([])
    expect(index.search('')).toEqual([])
    expect(index.remove('a')).toBe(true)
    expect(index.size).toBe(0)
  })

  it('keeps to the limit, and refuses wrong options', () => {
    const index = createBm25({ k1: 0, b: 1 })
    for (let i = 0; i < 20; i++) index.add(`${i}`, 'sun')
    expect(index.search('sun')).toHaveLength(10)
    expect(index.search('sun', 3).map(({ id }) => id)).toEqual(['0', '1', '2'])
    expect(index.search('sun', 0)).toEqual([])
    expect(() => index.search('moon', -1)).toThrow(/limit: expected a whole number/)
    expect(() => createBm25({ k1: -1 })).toThrow(/k1: expected a number of 0 or more, received -1/)
    expect(() => createBm25({ k1: Number.POSITIVE_INFINITY })).toThrow(/k1/)
    expect(() => createBm25({ b: 1.1 })).toThrow(/b: expected a number from 0 to 1/)
    expect(() => createBm25({ b: Number.NaN })).toThrow(/b:/)
  })

  it('is not confused by ids and words that objects have', () => {
    const index = createBm25()
    index.add('__proto__', 'constructor toString')
    expect(index.search('constructor').map(({ id }) => id)).toEqual(['__proto__'])
    expect(index.search('valueOf')).toEqual([])
  })
})
