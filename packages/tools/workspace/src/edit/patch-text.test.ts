import { createPatch, createTwoFilesPatch } from 'diff'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { patchText } from './patch-text.ts'

const apply = (original: string, patch: string): string => patchText(original, patch, 'src/a.txt')
const body = ' a\n-b\n+B\n c\n'

describe('patchText', () => {
  it.each([
    ['without headers', `@@ -1,3 +1,3 @@\n${body}`],
    [
      'of git',
      `diff --git a/src/a.txt b/src/a.txt\nindex 1..2 100644\n--- a/src/a.txt\n+++ b/src/a.txt\n@@ -1,3 +1,3 @@ x\n${body}`,
    ],
    ['with counts that are too large', `@@ -1,9 +1,7 @@\n${body}`],
    ['with counts that are too small', `@@ -1 +1 @@\n${body}`],
    ['without counts', `@@ @@\n${body}`],
    ['with bare marks', `@@\n${body}`],
    ['in a fence', `\`\`\`diff\n@@ -1,3 +1,3 @@\n${body}\`\`\`\n`],
    ['in a frame', `*** Begin Patch\n*** Update File: src/a.txt\n@@\n${body}*** End Patch\n`],
    ['without a last line end', `@@ -1,3 +1,3 @@\n${body.trimEnd()}`],
    ['with empty lines behind', `@@ -1,3 +1,3 @@\n${body}\n\n`],
    ['with other line ends', `@@ -1,3 +1,3 @@\n${body}`.replaceAll('\n', '\r\n')],
    ['at another line', `@@ -40,3 +40,3 @@\n${body}`],
  ])('takes a patch %s', (_, patch) => {
    expect(apply('a\nb\nc\n', patch)).toBe('a\nB\nc\n')
  })

  it.each([
    ['CRLF', 'a\r\nb\r\nc\r\n', 'a\r\nB\r\nc\r\n'],
    ['mixed', 'a\r\nb\nc\r\n', 'a\r\nB\nc\r\n'],
    ['no last', 'a\nb\nc', 'a\nB\nc'],
  ])('keeps line ends: %s', (_, original, expected) => {
    expect(apply(original, `@@ -1,3 +1,3 @@\n${body}`)).toBe(expected)
  })

  it('knows the end of a file', () => {
    const bare = '\\ No newline at end of file\n'
    expect(apply('a\nb', `@@ -1,2 +1,2 @@\n a\n-b\n${bare}+B\n${bare}`)).toBe('a\nB')
    expect(apply('a\nb', `@@ -1,2 +1,2 @@\n a\n-b\n${bare}+b\n`)).toBe('a\nb\n')
    expect(apply('a\nb\n', `@@ -1,2 +1,2 @@\n a\n-b\n+b\n${bare}`)).toBe('a\nb')
    expect(apply('a\nb', '@@ -1,2 +1,3 @@\n a\n b\n+c\n')).toBe('a\nb\nc')
    expect(apply('', '--- /dev/null\n+++ b/src/a.txt\n@@ -0,0 +1,2 @@\n+a\n+b\n')).toBe('a\nb\n')
    expect(apply('a\n\nb\nc\n', '@@ -1,4 +1,4 @@\n a\n\n-b\n+B\n c\n')).toBe('a\n\nB\nc\n')
  })

  it('takes removed lines that look like headers', () => {
    expect(apply('-- x\n++ y\nz\n', '@@ -1,3 +1,1 @@\n--- x\n-++ y\n z\n')).toBe('z\n')
  })

  it.each([
    [
      'is for another file',
      `--- a/other.ts\n+++ b/other.ts\n@@ -1,3 +1,3 @@\n${body}`,
      /it is for b?\/?a?\/?other\.ts|other\.ts/,
    ],
    ['deletes', '--- a/a.txt\n+++ /dev/null\n@@ -1,3 +0,0 @@\n-a\n-b\n-c\n', /deletes the file/],
    [
      'renames',
      `diff --git a/a.txt b/z.txt\nrename from a.txt\nrename to z.txt\n--- a/a.txt\n+++ b/z.txt\n@@ -1,3 +1,3 @@\n${body}`,
      /renames/,
    ],
    [
      'is for another file in a frame',
      `*** Begin Patch\n*** Update File: b.txt\n@@\n${body}*** End Patch`,
      /it is for b\.txt/,
    ],
    ['deletes in a frame', '*** Begin Patch\n*** Delete File: a.txt\n*** End Patch\n', /deletes the file/],
    [
      'only renames',
      'diff --git a/a.txt b/z.txt\nsimilarity index 100%\nrename from a.txt\nrename to z.txt\n',
      /renames/,
    ],
    ['is binary', 'diff --git a/a.txt b/a.txt\nGIT binary patch\nliteral 1\n', /binary/],
    ['makes a file that is there', '--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+a\n', /makes a new file/],
    [
      'is about two files',
      `--- a.txt\n+++ a.txt\n@@ -1,3 +1,3 @@\n${body}--- a.txt\n+++ a.txt\n@@ -1 +1 @@\n-a\n+x\n`,
      /several files/,
    ],
    ['does not match', '@@ -1,3 +1,3 @@\n a\n-x\n+B\n c\n', /not those of the file/],
    ['has no hunk', 'B', /"@@" lines/],
    ['holds something else', '@@ -1,3 +1,3 @@\n a\nb\n', /starts with none/],
    ['only adds, nowhere', '@@ @@\n+x\n', /Add context/],
  ])('refuses a patch that %s', (_, patch, why) => {
    expect(() => apply('a\nb\nc\n', patch)).toThrow(why)
  })

  it('refuses to guess between two places, and takes the nearer one', () => {
    const text = 'x\nb\nx\ny\nx\nb\n'
    expect(() => apply(text, '@@ -4,1 +4,1 @@\n-b\n+B\n')).toThrow(/at line 2 as well as at line 6/)
    expect(() => apply(text, '@@ @@\n-b\n+B\n')).toThrow(/at line 2 as well as at line 6/)
    expect(apply(text, '@@ -5,1 +5,1 @@\n-b\n+B\n')).toBe('x\nb\nx\ny\nx\nB\n')
    expect(apply(text, '@@ -2,1 +2,1 @@\n-b\n+B\n')).toBe('x\nB\nx\ny\nx\nb\n')
  })

  it('makes of any text what the patch was made from, whatever its counts', () => {
    const line = fc.constantFrom('a', 'b', '', ' ', '-- x', '++ y', '@@', 'diff --git')
    const text = fc
      .tuple(fc.array(line, { maxLength: 30 }), fc.boolean())
      .map(([lines, bare]) => lines.join('\n') + (bare || lines.length === 0 ? '' : '\n'))
    const property = fc.property(text, text, (before, after) => {
      fc.pre(before !== after)
      const patch = createPatch('a.txt', before, after)
      expect(apply(before, patch)).toBe(after)
    })
    fc.assert(property, { numRuns: 500 })
  })

  it('finds what is elsewhere in a file with long context', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`)
    const after = lines.with(5, 'x').with(30, 'y')
    const patch = createTwoFilesPatch('a.txt', 'a.txt', lines.join('\n'), after.join('\n'))
    const drifted = ['new', 'lines', ...lines].join('\n')
    expect(apply(drifted, patch)).toBe(['new', 'lines', ...after].join('\n'))
  })
})
