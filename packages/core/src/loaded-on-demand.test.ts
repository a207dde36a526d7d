import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const folder = import.meta.dirname
const sources = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.includes('.test'))
    .map((name) => [`./${name}`, readFileSync(join(folder, name), 'utf8')]),
)
const found = (pattern: RegExp, text = ''): string[] =>
  [...text.matchAll(pattern)].map(([, path = '']) => path)

/** The modules that are loaded with this one: those it imports values of, and theirs. */
const loadedWith = (path: string): Set<string> => {
  const loaded = new Set([path])
  for (const each of loaded)
    for (const next of found(/^(?:import|export) (?!type\b)[^']*from '(\.\/[^']+)'/gm, sources.get(each)))
      loaded.add(next)
  return loaded
}

const onDemand = [...sources.values()].flatMap((text) => found(/[( ]import\('(\.\/[^']+)'\)/g, text))

describe('what is loaded on demand', () => {
  it('is the seams, the tools and saved states, the review of output, what is wrong with it and the validator', () => {
    expect([...new Set(onDemand)].toSorted()).toEqual([
      './answering.ts',
      './review-answer.ts',
      './schema-result.ts',
      './seams.ts',
      './validate-json.ts',
    ])
  })

  it.each(onDemand)(
    '%s shares no module with what is loaded at once, or bundlers load it at once',
    (path) => {
      const atOnce = loadedWith('./index.ts')
      expect(atOnce.size).toBeGreaterThan(15)
      expect([...loadedWith(path)].filter((each) => atOnce.has(each))).toEqual([])
    },
  )

  it('would be found out', () => {
    expect(loadedWith('./execute-run.ts')).toContain('./errors.ts')
    expect(loadedWith('./answering.ts')).toContain('./event-queue.ts')
  })
})
