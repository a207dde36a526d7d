import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analyseText } from './analyse-text.ts'
import { paragraphsOf, sentencesOf, titleOf } from './segment-text.ts'

const article = `---
draft: true
---
# Keeping bees

Bees make honey. A colony of bees lives in a hive, and the *hive* is kept by a **beekeeper**.
The weather was nice that day.

- Honey is [stored](https://example.org/honey) in combs of wax.
- Bees store honey for the winter.

\`\`\`ts
const bees = bees + bees
\`\`\`

| bees | honey |
|------|-------|
`

describe('analyseText', () => {
  it('counts, names keywords and quotes the weightiest sentences in their order', () => {
    expect(analyseText(article, { summarySentences: 2, keywords: 3 })).toEqual({
      title: 'Keeping bees',
      words: expect.any(Number),
      lines: 17,
      sentences: 5,
      characters: article.length,
      bytes: article.length,
      keywords: ['bees', 'honey', 'hive'],
      summary: [
        'A colony of bees lives in a hive, and the hive is kept by a beekeeper.',
        'Bees store honey for the winter.',
      ],
    })
  })

  it('counts an empty text and one without sentences', () => {
    expect(analyseText('')).toEqual({
      words: 0,
      lines: 0,
      sentences: 0,
      characters: 0,
      bytes: 0,
      keywords: [],
      summary: [],
    })
    expect(analyseText('{}\n')).toMatchObject({ words: 0, lines: 1, summary: [] })
  })

  it('does not quote the same thing twice', () => {
    const repeated =
      'Copper pipes carry water. Copper pipes carry water. Copper pipes carry water. Paint dries slowly outside.'
    const { summary } = analyseText(repeated, { summarySentences: 3 })
    expect(summary).toEqual(['Copper pipes carry water.', 'Paint dries slowly outside.'])
  })

  it('counts words of other scripts', () => {
    expect(analyseText('Пчёлы делают мёд.').words).toBe(3)
    expect(analyseText('蜜蜂酿造蜂蜜。').words).toBeGreaterThan(1)
  })

  it('says the same of the same text, and quotes only what is there', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '# ',
        '\n\n',
        '\n',
        '- ',
        '```\n',
        '**',
        '[a](b)',
        '<!--',
        '-->',
        '. ',
        'bees ',
        'honey ',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('')
        const facts = analyseText(text)
        expect(analyseText(text)).toEqual(facts)
        const sentences = sentencesOf(text)
        for (const quoted of facts.summary)
          expect(sentences.some((sentence) => sentence.startsWith(quoted.replace(/…$/, '')))).toBe(true)
      }),
    )
  })

  it.each(['*', '[', '<!--', '```\n', '_', '> ', '- ', '![](', '\n', '(a'])(
    'gets through 200,000 characters of %j',
    (part) => {
      expect(analyseText(part.repeat(200_000 / part.length)).summary.length).toBeLessThanOrEqual(2)
    },
  )
})

describe('segmenting', () => {
  it('joins wrapped lines and keeps list items apart', () => {
    expect(paragraphsOf('one\ntwo\n\n1. three\n2. four\n   five\n')).toEqual([
      'one two',
      'three',
      'four five',
    ])
  })

  it('leaves comments out, and what is after one that never ends in', () => {
    expect(paragraphsOf('a <!-- b\nc --> d <!-- e -->f <!-- g')).toEqual(['a  d f  g'])
  })

  it('keeps names with underscores', () => {
    expect(paragraphsOf('_Some_ words_like_this and __strong__.')).toEqual([
      'Some words_like_this and strong.',
    ])
  })

  it.each([
    ['# A title #\ntext', 'A title'],
    ['Under\n=====\ntext', 'Under'],
    ['\n\nfirst line\nsecond', 'first line'],
    ['---\na: 1\n---\nAfter', 'After'],
    ['123\n!!!', undefined],
    ['x'.repeat(100), `${'x'.repeat(79)}…`],
  ])('takes the title of %j', (text, title) => {
    expect(titleOf(text)).toBe(title)
  })
})
