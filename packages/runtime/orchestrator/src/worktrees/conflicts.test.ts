import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseHunks, parseMergeReport, toConflicts } from './conflicts.ts'

const line = fc
  .stringMatching(/^[ -;?-~]{0,12}$/)
  .filter((text) => !/^={7}$/.test(text))
  .map((text) => `${text}\n`)
const lines = fc.array(line, { maxLength: 4 }).map((all) => all.join(''))

describe('parseHunks', () => {
  it('finds every hunk where it is, whatever is around it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ before: lines, ours: lines, theirs: lines })),
        lines,
        (parts, after) => {
          let text = ''
          const expected = parts.map(({ before, ours, theirs }) => {
            text += before
            const at = text.split('\n').length
            text += `<<<<<<< main\n${ours}=======\n${theirs}>>>>>>> task\n`
            return { line: at, ours, theirs }
          })
          expect(parseHunks(text + after)).toEqual(expected)
        },
      ),
    )
  })
  it('finds none in a file without markers, or with half of them', () => {
    expect(parseHunks('Title\n=======\ntext\n>>>>>>> quoted\n')).toEqual([])
    expect(parseHunks('<<<<<<< main\nours\n=======\ntheirs\n')).toEqual([])
  })
})

describe('parseMergeReport', () => {
  it('reads a clean merge and one with conflicts', () => {
    expect(parseMergeReport('abc\0')).toEqual({ tree: 'abc', paths: [], notes: [] })
    const report = parseMergeReport(
      'abc\0f\0g\0\x001\0f\0Auto-merging\0Auto-merging f\n\x001\0f\0CONFLICT (contents)\0Merge conflict in f\n\x001\0g\0CONFLICT (modify/delete)\0g deleted\n\0',
    )
    expect(toConflicts(report, new Map([['f', '<<<<<<< a\n1\n=======\n2\n>>>>>>> b\n']]))).toEqual([
      {
        path: 'f',
        kinds: ['contents'],
        messages: ['Merge conflict in f'],
        hunks: [{ line: 1, ours: '1\n', theirs: '2\n' }],
      },
      { path: 'g', kinds: ['modify/delete'], messages: ['g deleted'], hunks: [] },
    ])
  })
  it('stops at what it does not understand', () => {
    expect(parseMergeReport('abc\0f\0\0many\0f\0x').notes).toEqual([])
  })
})
