import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DiffFile, parseChanges } from './parse-changes.ts'
import { type ChangedFile, parseStatus } from './parse-status.ts'

/** Anything a path can hold: all but NUL. */
const path = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom(' ', '\n', '\t', '"', '\\', '-', '?', '#', ':', '1', '→'),
      fc.string({ minLength: 1, maxLength: 1 }),
    ),
    minLength: 1,
    maxLength: 12,
  })
  .map((text) => text.replaceAll('\0', '_'))
const hash = 'a'.repeat(40)
const letters = { M: 'modified', A: 'added', D: 'deleted', T: 'type-changed' } as const
const side = fc.constantFrom('.', 'M', 'A', 'D', 'T')
const toChange = (letter: string) =>
  letter === 'M' || letter === 'A' || letter === 'D' || letter === 'T' ? letters[letter] : undefined

interface Sample {
  readonly record: string
  readonly changed?: ChangedFile
  readonly untracked?: string
}

const sample: fc.Arbitrary<Sample> = fc.oneof(
  fc.tuple(side, side, path).map(([x, y, name]) => {
    const [staged, unstaged] = [toChange(x), toChange(y)]
    return {
      record: `1 ${x}${y} N... 100644 100644 100644 ${hash} ${hash} ${name}\0`,
      changed: { path: name, ...(staged && { staged }), ...(unstaged && { unstaged }) },
    }
  }),
  fc.tuple(path, path).map(([name, from]) => ({
    record: `2 R. N... 100644 100644 100644 ${hash} ${hash} R100 ${name}\0${from}\0`,
    changed: { path: name, from, staged: 'renamed' as const },
  })),
  path.map((name) => ({
    record: `u UU N... 100644 100644 100644 100644 ${hash} ${hash} ${hash} ${name}\0`,
    changed: { path: name, conflict: true as const },
  })),
  path.map((name) => ({ record: `? ${name}\0`, untracked: name })),
  path.map((name) => ({ record: `! ${name}\0` })),
)

describe('parseStatus', () => {
  it('reads back every record, whatever the names', () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 8 }), fc.nat(3000), (samples, cut) => {
        const head = `# branch.oid ${hash}\0# branch.head main\0# branch.upstream origin/main\0# branch.ab +2 -1\0`
        const output = head + samples.map(({ record }) => record).join('')
        const status = parseStatus(output, false)
        expect(status).toEqual({
          branch: 'main',
          commit: hash,
          upstream: 'origin/main',
          ahead: 2,
          behind: 1,
          changed: samples.flatMap(({ changed }) => changed ?? []),
          untracked: samples.flatMap(({ untracked }) => untracked ?? []),
          truncated: false,
        })
        // Cut off anywhere, what is there is a beginning of the whole.
        const part = parseStatus(output.slice(0, cut), true)
        expect(status.changed.slice(0, part.changed.length)).toEqual(part.changed)
        expect(status.untracked.slice(0, part.untracked.length)).toEqual(part.untracked)
      }),
      { numRuns: 300 },
    )
  })

  it('knows a repository without commits and a detached HEAD', () => {
    expect(parseStatus('# branch.oid (initial)\0# branch.head main\0', false)).toMatchObject({
      branch: 'main',
    })
    expect(parseStatus(`# branch.oid ${hash}\0# branch.head (detached)\0`, false)).toEqual({
      commit: hash,
      changed: [],
      untracked: [],
      truncated: false,
    })
  })
})

const file: fc.Arbitrary<DiffFile> = fc
  .record({
    path,
    from: fc.option(path, { nil: undefined }),
    counts: fc.option(fc.tuple(fc.nat(999), fc.nat(999)), { nil: undefined }),
  })
  .map(({ path: name, from, counts }) => ({
    path: name,
    ...(from !== undefined && { from }),
    status: from === undefined ? 'M' : 'R',
    ...(counts && { additions: counts[0], deletions: counts[1] }),
  }))

const toOutput = (files: readonly DiffFile[]): string => {
  const raw = files.map(({ path: name, from, status }) =>
    from === undefined
      ? `:100644 100644 abc def ${status}\0${name}\0`
      : `:100644 100644 abc def ${status}087\0${from}\0${name}\0`,
  )
  const counts = files.map(({ path: name, from, additions = '-', deletions = '-' }) =>
    from === undefined
      ? `${additions}\t${deletions}\t${name}\0`
      : `${additions}\t${deletions}\t\0${from}\0${name}\0`,
  )
  return [...raw, ...counts].join('')
}

describe('parseChanges', () => {
  it('reads back every file, whatever the names', () => {
    const files = fc.uniqueArray(file, { maxLength: 8, selector: ({ path: name }) => name })
    fc.assert(
      fc.property(files, fc.nat(3000), (given, cut) => {
        expect(parseChanges(toOutput(given))).toEqual(given)
        expect(() => parseChanges(toOutput(given).slice(0, cut))).not.toThrow()
      }),
      { numRuns: 300 },
    )
  })
})
