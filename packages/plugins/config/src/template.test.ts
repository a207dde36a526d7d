import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitCommand } from './split-command.ts'
import { parseTemplate, type Reference, type Template } from './template.ts'

const quoted = (word: string): string => `"${word.replaceAll(/["\\]/g, String.raw`\$&`)}"`
const escaped = (body: string): string => body.replaceAll(/[\\}]/g, String.raw`\$&`)

const format = (template: Template): string =>
  template
    .map((part) => {
      if (typeof part === 'string') return part.replaceAll('${', () => '$${')
      if (part.kind === 'command') return `\${command:${escaped(part.argv.map(quoted).join(' '))}}`
      return `\${env:${part.name}${part.fallback === undefined ? '' : `:-${escaped(part.fallback)}`}}`
    })
    .join('')

const text = fc.string({
  unit: fc.constantFrom('$', '{', '}', '\\', ':', '"', "'", 'a', ' ', '\n', 'é', '💡'),
})
const name = fc.stringMatching(/^[A-Za-z_]\w{0,8}$/)
const reference: fc.Arbitrary<Reference> = fc.oneof(
  fc.record({ kind: fc.constant('env' as const), name }),
  fc.record({ kind: fc.constant('env' as const), name, fallback: text }),
  fc.record({
    kind: fc.constant('command' as const),
    argv: fc.array(text, { minLength: 1, maxLength: 4 }).filter(([program]) => program !== ''),
  }),
)

/** Texts next to each other are one, and `$` before `${` would be an escape of its own. */
const template = fc
  .array(fc.oneof(text, reference), { maxLength: 6 })
  .map((parts) =>
    parts.reduce<(string | Reference)[]>((joined, part) => {
      const last = joined.at(-1)
      if (part === '') return joined
      if (typeof part === 'string' && typeof last === 'string') return [...joined.slice(0, -1), last + part]
      return [...joined, part]
    }, []),
  )
  .filter(
    (parts) =>
      !format(parts).includes('$$$') &&
      !parts.some((part, i) => typeof part === 'string' && part.endsWith('$') && i < parts.length - 1),
  )

describe('templates', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(template, (parts) => {
        expect(parseTemplate(format(parts))).toEqual(parts)
      }),
      { numRuns: 2000 },
    )
  })

  it('never throw, and say where they are wrong', () => {
    fc.assert(
      fc.property(text, (any) => {
        const result = parseTemplate(any)
        const wrong = 'problem' in result ? any.slice(result.offset) : '${'
        expect(wrong.startsWith('${')).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['plain $HOME {x} }', ['plain $HOME {x} }']],
    ['', []],
    ['$${env:X}', ['${env:X}']],
    ['a ${env:X} b', ['a ', { kind: 'env', name: 'X' }, ' b']],
    ['${env:X:-a:-b}', [{ kind: 'env', name: 'X', fallback: 'a:-b' }]],
    ['${env:X:-}', [{ kind: 'env', name: 'X', fallback: '' }]],
    [
      String.raw`\${command:op read "op://a b/c" '\}'}`.slice(1),
      [{ kind: 'command', argv: ['op', 'read', 'op://a b/c', '}'] }],
    ],
  ])('%j', (source, parts) => {
    expect(parseTemplate(source)).toEqual(parts)
  })

  it.each([
    ['${X}', /expected \$\{env:NAME\}/],
    ['${env:X', /expected \}/],
    ['${env:a-b}', /name of a variable/],
    ['${evn:X}', /did you mean "env"/],
    ['${file:X}', /expected one of env, command/],
    ['${command:}', /a program/],
    ['${command:a "b}', /a program/],
    ['${'.repeat(10_000), /expected/],
  ])('%j is refused', (source, message) => {
    const result = parseTemplate(source)
    expect('problem' in result && result.problem).toMatch(message)
  })
})

describe('commands', () => {
  it('are split as written', () => {
    const words = fc.array(text)
    fc.assert(
      fc.property(words, (all) => {
        expect(splitCommand(all.map(quoted).join(' '))).toEqual(all)
      }),
    )
    expect(splitCommand(String.raw`a\ b 'c "d"' e"f"g ; | $(x)`)).toEqual([
      'a b',
      'c "d"',
      'efg',
      ';',
      '|',
      '$(x)',
    ])
    expect(splitCommand('')).toEqual([])
  })
})
