import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { createInterpreter } from './create-interpreter.ts'
import { type Field, HOLE } from './field.ts'
import { diskView } from './file-view.ts'
import { traitsOf } from './sensitive-path.ts'

const bash = spawnSync('bash', ['--version']).status === 0
if (!bash) console.log('Agreement with bash was NOT tested: bash is not installed.')
const folder = mkdtempSync(join(tmpdir(), 'ashlar-bash-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const mark = '\u0001'
const end = '\u0002'
const setup = `V='v1 v2'; E=; A=(p 'q r'); N=V; set -- s1 's 2'\n`

/** What bash runs: no program can be found, so every command arrives at the handler with its words expanded. */
const ranByBash = (script: string): readonly (readonly string[])[] => {
  const handler = `command_not_found_handle() { local a o=C IFS; for a in "$@"; do o+=$'\\001'$a; done; o+=$'\\002'; printf '%s' "$o" >&9; }\nPATH=/nonexistent\n`
  const stdio = [...Array.from({ length: 9 }, () => 'ignore' as const), 'pipe' as const]
  const { output } = spawnSync('bash', ['--norc', '-c', handler + script], {
    cwd: folder,
    stdio,
    timeout: 10_000,
    env: { HOME: '/home/dev' },
  })
  return (output[9]?.toString() ?? '')
    .split(end)
    .map((line) => line.split(mark).slice(1))
    .filter(([name]) => name?.startsWith('zz'))
}

/** What the policy judged, unless it could not read the script. */
const judgedByPolicy = (script: string): readonly (readonly Field[])[] | undefined => {
  const seen: (readonly Field[])[] = []
  const host = {
    root: folder,
    home: '/home/dev',
    files: diskView,
    traits: (path: string) => traitsOf(path, '/home/dev'),
    places: new Map(),
    userRule: (argv: readonly Field[]) => {
      seen.push(argv)
      return undefined
    },
  }
  const { rule } = createInterpreter(host, folder).judge(script)
  return rule === 'parse-error' || rule === 'not-understood' ? undefined : seen
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, (sign) => `\\${sign}`)

/** An unknown part, or a glob, stands for anything. */
const covers = (fields: readonly Field[], argv: readonly string[]): boolean => {
  const source = fields.map(({ text, pattern }) =>
    [...text]
      .map((sign) =>
        sign === HOLE || (pattern !== undefined && '*?[]'.includes(sign)) ? '[^]*' : escape(sign),
      )
      .join(''),
  )
  // Whose homes there are is not known: `~name` is taken for one.
  const either = source.map((text) => text.replace(/^\/home\//, '(?:/home/|~)'))
  return new RegExp(`^${either.join(mark)}$`).test(argv.join(mark))
}

const atoms = fc.constantFrom(
  'a',
  '-c',
  "'q q'",
  '"d d"',
  "$'\\x61\\n'",
  '\\*',
  '"$V"',
  '${V}',
  '${U:-x y}',
  '"${U:-x y}"',
  '${V#v}',
  '${V%2}',
  '${V//v/w}',
  '${V:1:2}',
  '${V^^}',
  '$(echo s t)',
  '"$(echo s  t)"',
  '`echo bt u`',
  '{a,b}',
  '{1..3}',
  'a{b,c}d',
  '{a,b{c,d},e}',
  '{a,"b,c"}',
  '~',
  '"~"',
  '$((1+2))',
  '${A[@]}',
  '"${A[@]}"',
  '${A[1]}',
  '"$@"',
  '$*',
  '"$*"',
  '"$E"',
  '${E}',
  'x"$E"y',
  '${!N}',
  "$'a\\'b'",
  '\\$V',
  '"a\\b"',
  "'a\\b'",
  `\${V:-'q'"r"}`,
  '*nomatch',
  '[x]',
  'a=b',
  '""',
  '${E:-$V}',
  '${V:+z w}',
  '~/x',
  '{a,}',
  '{,a}',
  '{3..1}',
  '\\{a,b\\}',
  '"{a,b}"',
  'a\\\nb',
  "\"$(printf '%b' '\\x41')\"",
  '${V%%v*}',
  '#n',
  'n#',
  'a{1..2}{x,y}',
  '"$V"{1,2}',
  "$'\\u0041\\101'",
  '${V,,}',
)
const word = fc.array(atoms, { minLength: 1, maxLength: 2 }).map((parts) => parts.join(''))
const simple = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => `zz ${words.join(' ')}`)
const { script } = fc.letrec<{ script: string }>((tie) => {
  const inner = tie('script')
  return {
    script: fc.oneof(
      { maxDepth: 3 },
      { weight: 3, arbitrary: simple },
      fc
        .tuple(inner, inner)
        .chain(([one, two]) =>
          fc.constantFrom(
            `${one}; ${two}`,
            `${one} && ${two}`,
            `${one} || ${two}`,
            `if ${one}; then ${two}; fi`,
          ),
        ),
      inner.chain((one) =>
        fc.constantFrom(
          `( ${one} )`,
          `{ ${one}; }`,
          `! ${one}`,
          `case a in a) ${one};; esac`,
          `while false; do ${one}; done`,
        ),
      ),
      fc
        .tuple(word, word)
        .chain(([one, two]) =>
          fc.constantFrom(
            `for x in ${one} ${two}; do zz "$x" $x; done`,
            `f() { zz "$@" $1; }; f ${one} ${two}`,
            `Z=${one}; zz $Z "$Z"`,
            `set -- ${one} ${two}; zz "$@"`,
            `B=(${one} ${two}); zz "\${B[@]}"`,
            `: $(zz ${one})`,
            `zz <<< ${two}`,
          ),
        ),
      fc.constantFrom(
        "eval 'zz e' '$V'",
        'zz <<T\n$V $(zz in)\nT\n',
        'IFS=,; Q=a,b; zz $Q',
        'read R1 R2 <<< "m n o"; zz "$R1" "$R2"',
        'zz ${W:=p} "$W"',
        'printf -v P \'%s-\' a b; zz "$P"',
      ),
    ),
  }
})

describe.runIf(bash)('what bash runs', () => {
  it('is what the policy judged', { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(script, (body) => {
        const seen = judgedByPolicy(setup + body)
        if (!seen) return
        const missed = ranByBash(setup + body).filter((argv) => !seen.some((fields) => covers(fields, argv)))
        expect(missed).toEqual([])
      }),
      { numRuns: process.env['ASHLAR_SOAK'] === undefined ? 400 : 20_000 },
    )
  })

  it('would be missed by splitting at blanks', () => {
    const body = `X=zz; $X "a b"`
    expect(ranByBash(setup + body)).toEqual([['zz', 'a b']])
    expect(body.split(';').map((part) => part.trim().split(' '))).not.toContainEqual(['zz', 'a b'])
  })
})
