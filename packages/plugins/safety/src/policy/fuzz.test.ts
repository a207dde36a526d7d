import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCommandPolicy } from './create-command-policy.ts'
import { tuneCommands } from './fixture-commands.ts'

const policy = createCommandPolicy({ home: '/home/dev' })
const context = { cwd: import.meta.dirname }
const soak = process.env['ASHLAR_SOAK'] !== undefined
const commands = tuneCommands().map((row) => row.command)

const shellText = fc.constantFrom(
  '$(',
  '`',
  '"',
  "'",
  '\\',
  '{',
  '}',
  ',',
  '${x:-',
  '<<E\n',
  '<<<',
  '|',
  '&',
  '&&',
  ';',
  '\n',
  '(',
  ')',
  '[[',
  ']]',
  '$',
  '~',
  '*',
  '?',
  '[',
  '>',
  '<',
  '#',
  '!',
  '((',
  '))',
  "$'",
  '\\x41',
  'for x in a b; do ',
  'done',
  'if ',
  'then ',
  'fi',
  'case x in ',
  'esac',
  '${',
  '..',
  '-',
  '=',
  '\0',
  'é',
  '\u{1F600}',
  '\uD800',
  '{1..9}',
  '{a,b}{c,d}',
  '$@',
  '${!x}',
  '${x//a/b}',
  'x=',
  'coproc ',
  'function f {',
  'time ',
  'while ',
  'do ',
)
const place = fc.nat(10_000)
const edit = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), at: place, text: shellText }),
  fc.record({ kind: fc.constant('cut' as const), at: place, text: fc.string({ maxLength: 4 }) }),
  fc.record({ kind: fc.constant('join' as const), at: place, text: fc.constantFrom(...commands) }),
  fc.record({ kind: fc.constant('double' as const), at: place, text: fc.constant('') }),
)

const mutated = fc
  .tuple(fc.constantFrom(...commands), fc.array(edit, { minLength: 1, maxLength: 6 }))
  .map(([command, edits]) =>
    edits.reduce((text, { kind, at, text: other }) => {
      const cut = at % (text.length + 1)
      if (kind === 'insert') return text.slice(0, cut) + other + text.slice(cut)
      if (kind === 'cut') return text.slice(0, cut) + text.slice(cut + 1 + other.length)
      return kind === 'join'
        ? text.slice(0, cut) + other.slice(at % (other.length + 1))
        : text.slice(0, cut) + text.slice(0, cut) + text.slice(cut)
    }, command),
  )

describe('a mutated command', () => {
  it('gets a verdict, and never breaks the policy', { timeout: soak ? 3_600_000 : 60_000 }, () => {
    fc.assert(
      fc.property(mutated, (command) => {
        const found = policy(command, context)
        expect(['allow', 'ask', 'deny']).toContain(found.verdict)
        expect(found.why).not.toContain('could not follow')
      }),
      { numRuns: soak ? 1_000_000 : 20_000 },
    )
  })
})
