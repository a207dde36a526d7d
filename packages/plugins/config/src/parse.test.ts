import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { ConfigIssue } from './config-error.ts'
import { leavesOf, toPlain } from './config-tree.ts'
import { parseJson } from './parse-json.ts'
import { createLocator, type ParseText } from './parse-text.ts'
import { parseYaml } from './parse-yaml.ts'

const read = (parse: ParseText, text: string) => {
  const issues: ConfigIssue[] = []
  const tree = parse({ text, layer: 'project', file: 'f', issues })
  return { tree, plain: tree && toPlain(tree), issues, messages: issues.map(({ message }) => message) }
}

const at = (issues: readonly ConfigIssue[]) =>
  issues.map(({ path, origin, message }) => [path.join('.'), origin?.line, origin?.column, message])

/** JSON without what is refused on purpose. */
const json = fc
  .jsonValue({ maxDepth: 4 })
  .map((value): unknown => JSON.parse(JSON.stringify(value)))
  .filter((value) => !JSON.stringify(value).includes('__proto__'))
const keys = fc.dictionary(
  fc.string().filter((key) => key !== '__proto__'),
  json,
)
const newline = fc.constantFrom('\n', '\r\n')

describe('JSON', () => {
  it('is read as JSON.parse reads it, however it is written', () => {
    fc.assert(
      fc.property(keys, fc.constantFrom('', ' ', '\t', '    '), newline, (data, indent, ends) => {
        const text = JSON.stringify(data, undefined, indent).replaceAll('\n', ends)
        expect(read(parseJson, text).plain).toEqual(data)
      }),
    )
  })

  it('knows where each value is', () => {
    fc.assert(
      fc.property(keys, newline, (data, ends) => {
        const text = JSON.stringify(data, undefined, 2).replaceAll('\n', ends)
        const { tree } = read(parseJson, text)
        const lines = text.split(/\r?\n/)
        for (const [, { origin, ...node }] of tree ? leavesOf(tree) : []) {
          const rest = lines[(origin.line ?? 0) - 1]?.slice((origin.column ?? 0) - 1)
          const written =
            node.kind === 'leaf' ? JSON.stringify(node.value) : node.kind === 'list' ? '[]' : '{}'
          expect(rest?.startsWith(written)).toBe(true)
        }
      }),
    )
  })

  it('takes comments and trailing commas, and an empty file', () => {
    expect(read(parseJson, '// a\n{ "a": [1, 2,], /* b */ }').plain).toEqual({ a: [1, 2] })
    expect(read(parseJson, '').plain).toEqual({})
  })

  it('tells every error with its place', () => {
    const { issues, tree } = read(parseJson, '{\n  "a": ,\n  "b" 2\n}')
    expect(tree).toBeUndefined()
    expect(at(issues).slice(0, 2)).toEqual([
      ['', 2, 8, 'no valid JSON: value expected'],
      ['', 3, 7, 'no valid JSON: colon expected'],
    ])
  })

  it('refuses keys that are there twice, and __proto__', () => {
    const { plain, issues } = read(
      parseJson,
      '{ "a": 1,\n "a": 2, "__proto__": { "x": 1 }, "constructor": 3 }',
    )
    expect(at(issues)).toEqual([
      ['a', 2, 2, 'this key is there twice'],
      ['__proto__', 2, 10, 'a key of this name is not allowed'],
    ])
    expect(plain).toEqual({ a: 1, constructor: 3 })
    expect(Object.getPrototypeOf(Object({}))).not.toHaveProperty('x')
  })
})

describe('YAML', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(keys, (data) => {
        expect(read(parseYaml, stringify(data, { lineWidth: 0 })).plain).toEqual(data)
      }),
    )
  })

  it('knows where each value is, with both ends of lines', () => {
    for (const ends of ['\n', '\r\n']) {
      const { tree } = read(parseYaml, ['# c', 'a:', '  b: x', "  c: ['y', 2]", 'd:', ''].join(ends))
      expect(
        tree && [...leavesOf(tree)].map(([path, { origin }]) => [path.join('.'), origin.line, origin.column]),
      ).toEqual([
        ['a.b', 3, 6],
        ['a.c.0', 4, 7],
        ['a.c.1', 4, 12],
        ['d', 5, 3],
      ])
    }
  })

  it('tells errors with their place, and shows nothing of the file', () => {
    const { issues, tree } = read(parseYaml, 'key: sk-CANARY-secret\n  bad: [CANARY\nother: *CANARY\n')
    expect(tree).toBeUndefined()
    expect(issues.length).toBeGreaterThan(0)
    expect(JSON.stringify(issues)).not.toContain('CANARY')
    expect(issues.every(({ origin }) => (origin?.line ?? 0) > 0)).toBe(true)
  })

  it('follows aliases, but not into themselves, nor without end', () => {
    expect(read(parseYaml, 'a: &x { b: 1 }\nc: *x\n').plain).toEqual({ a: { b: 1 }, c: { b: 1 } })
    expect(at(read(parseYaml, 'a: &x\n  b: *x\n').issues)).toEqual([
      ['a.b', 2, 6, 'this alias contains itself'],
    ])
    expect(read(parseYaml, '&x\na: *x\n').messages).toEqual(['this alias contains itself'])
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
    for (let level = 1; level < 12; level++)
      bomb.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ')}]`)
    expect(read(parseYaml, bomb.join('\n')).messages).toContain('more than 100 aliases')
    const many = `a: &a x\n${Array.from({ length: 20_000 }, (_, index) => `k${index}: *a`).join('\n')}`
    expect(read(parseYaml, many).messages).toEqual(['more than 100 aliases'])
  })

  it('refuses tags, several documents, odd keys and what is no JSON', () => {
    expect(read(parseYaml, 'a: !!js/function "x"').messages[0]).toMatch(/tag/)
    expect(read(parseYaml, 'a: !own x').messages[0]).toMatch(/tag/)
    expect(read(parseYaml, 'a: 1\n---\nb: 2').messages[0]).toMatch(/multiple docs/)
    expect(read(parseYaml, '? [a, b]\n: 1').messages).toEqual(['expected a word as a key'])
    expect(read(parseYaml, 'a: .nan').messages).toEqual([
      'expected a text, a finite number, true, false or null',
    ])
    expect(at(read(parseYaml, 'a: 1\nb: 2\na: 3').issues)).toEqual([['a', 3, 1, 'this key is there twice']])
    expect(at(read(parseYaml, '__proto__: { x: 1 }').issues)).toEqual([
      ['__proto__', 1, 1, 'a key of this name is not allowed'],
    ])
    expect(read(parseYaml, '<<: { a: 1 }').plain).toEqual({ '<<': { a: 1 } })
    expect(read(parseYaml, '').plain).toEqual({})
    expect(read(parseYaml, '1: a\ntrue: b').plain).toEqual({ '1': 'a', true: 'b' })
  })

  it('never throws on any text that is not nested without end', () => {
    const any = fc.string({ unit: fc.constantFrom(...':-?&*![]{}#|>\'"\n \taé', '\r\n', '<<', '...', '---') })
    fc.assert(
      fc.property(any, fc.constantFrom(parseYaml, parseJson), (text, parse) => {
        const { tree, issues } = read(parse, text)
        expect(tree !== undefined || issues.length > 0).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('size', () => {
  it('is bounded in depth and number', () => {
    const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`
    for (const parse of [parseJson, parseYaml]) {
      const { messages } = read(parse, `{ "a": ${deep(100)} }`)
      expect(messages).toEqual(['nested more than 64 levels deep'])
      expect(read(parse, `[${'1,'.repeat(60_000)}1]`).messages).toEqual(['more than 50000 values'])
    }
  })
})

it('lines end in every way they may', () => {
  const locate = createLocator({ text: 'a\nb\r\nc\rd', layer: 'user', file: 'f' })
  expect([0, 1, 2, 4, 5, 7].map((offset) => [locate(offset).line, locate(offset).column])).toEqual([
    [1, 1],
    [1, 2],
    [2, 1],
    [2, 3],
    [3, 1],
    [4, 1],
  ])
})
