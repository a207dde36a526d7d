import { fakeClock } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LiveTexts } from './journal.ts'
import { LiveWriter } from './live-writer.ts'

const bench = () => {
  const clock = fakeClock(0)
  const shown: LiveTexts[] = []
  let showing: Promise<void> = Promise.resolve()
  const show = async (texts: LiveTexts): Promise<void> => {
    shown.push(texts)
    await showing
  }
  const live = new LiveWriter({ show }, clock)
  const write = (text: string, key = 'k'): void => live.add(key, { type: 'text-delta', text })
  return { clock, shown, live, write, hold: (promise: Promise<void>): void => void (showing = promise) }
}

describe('LiveWriter', () => {
  it('shows all texts in one write a quarter of a second, and nothing of what is over sooner', async () => {
    const { clock, shown, live, write } = bench()
    write('short ')
    live.end('k')
    await clock.advance(1_000)
    expect(shown).toEqual([])
    for (let i = 0; i < 100; i++) {
      write(`${i} `, 'a')
      write('b ', 'b')
      await clock.advance(5)
    }
    expect(shown).toHaveLength(2)
    expect(shown[0]).toEqual({
      a: expect.stringMatching(/^0 1 .* 4\d $/),
      b: expect.stringMatching(/^(b )+$/),
    })
    live.end('a')
    live.end('b')
    await clock.advance(250)
    expect(shown.at(-1)).toEqual({})
    await clock.advance(1_000)
    expect(shown).toHaveLength(3)
  })

  it('shows what a model thinks until it writes', async () => {
    const { clock, shown, live, write } = bench()
    live.add('k', { type: 'reasoning-delta', text: 'hm, hm ' })
    await clock.advance(250)
    write('It is ')
    write('2. ')
    await clock.advance(250)
    expect(shown).toEqual([{ k: 'hm, hm ' }, { k: 'It is 2. ' }])
  })

  it('writes no more before the write before it is done, and goes on when one fails', async () => {
    const { clock, shown, live, write, hold } = bench()
    const { promise, reject } = Promise.withResolvers<void>()
    hold(promise)
    write('one ')
    await clock.advance(250)
    write('two ')
    await clock.advance(5_000)
    expect(shown).toHaveLength(1)
    hold(Promise.resolve())
    reject(new Error('the journal is away'))
    await new Promise((resolve) => setTimeout(resolve, 0))
    await clock.advance(250)
    expect(shown).toEqual([{ k: 'one ' }, { k: 'one two ' }])
    write('three ')
    live.stop()
    await clock.advance(5_000)
    expect(shown).toHaveLength(2)
  })

  it('is bounded, however long and many the texts are', async () => {
    const { clock, shown, write } = bench()
    for (let i = 0; i < 100; i++)
      for (let j = 0; j < 100; j++) write('x'.repeat(i) + ' many words. ', `k${j}`)
    await clock.advance(250)
    const [texts = {}] = shown
    expect(Object.keys(texts)).toHaveLength(16)
    for (const text of Object.values(texts)) expect(text.length).toBeLessThanOrEqual(2_000)
    expect(texts['k99']).toMatch(/words\. $/)
  })

  it('never shows a part of a key that is cut off, or cut in two', async () => {
    const token = 'eyJhbGciOiJIUzI1NiJ9'
    const key = 'sk-ant-api03-Abcdefghij0123456789Klmnopqrst'
    const seenOf = async (before: number, secret: string) => {
      const { clock, shown, write } = bench()
      for (const letter of `${'a '.repeat(before / 2)}${secret} ${'b '.repeat((2_600 - before) / 2)}`)
        write(letter)
      await clock.advance(250)
      return shown[0]?.['k'] ?? ''
    }
    for (let before = 940; before < 1_060; before += 2)
      expect(await seenOf(before, `Bearer ${token}`)).not.toContain(token.slice(-8))
    for (let before = 1_900; before < 2_060; before += 2)
      expect(await seenOf(before, key)).toMatch(/^[^A-Z]*\[redacted\][^A-Z]*$/)
  })

  it('never shows a part of a key, wherever the text is cut', async () => {
    const key = 'sk-ant-api03-Abcdefghij0123456789Klmnopqrst'
    const word = fc.constantFrom(
      'tea ',
      'Bearer ',
      `${key} `,
      'a longer piece of text, ',
      '\n',
      `key=${key}, `,
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { maxLength: 200 }),
        fc.integer({ min: 1, max: 40 }),
        async (words, size) => {
          const { clock, shown, write } = bench()
          const text = words.join('')
          for (let at = 0; at < text.length; at += size) {
            write(text.slice(at, at + size))
            await clock.advance(25)
          }
          await clock.advance(250)
          const seen = shown.map((texts) => texts['k'] ?? '').join('\n')
          // Any eight letters of it.
          for (let i = 0; i + 8 <= key.length; i++) expect(seen).not.toContain(key.slice(i, i + 8))
        },
      ),
      { numRuns: 50 },
    )
  })
})
