import { isAbsolute, posix, win32 } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { insidePath } from './inside-path.ts'
import { WorkspaceError } from './workspace-error.ts'

const unix = (path: string): string => insidePath(path, { roots: ['/srv/work', '/link'], windows: false })
const windows = (path: string): string => insidePath(path, { roots: ['C:\\work'], windows: true })
const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (WorkspaceError.isInstance(error)) return error.code
    throw error
  }
  return 'allowed'
}

describe('insidePath', () => {
  it.each([
    ['', '.'],
    ['.', '.'],
    ['./a//b/', 'a/b'],
    ['a/../b', 'b'],
    ['a\\b', 'a/b'],
    ['/srv/work/a', 'a'],
    ['/srv/work', '.'],
    ['/link/a', 'a'],
    ['..a', '..a'],
    ['...', '...'],
    ['a\nb', 'a\nb'],
    ['.gitignore', '.gitignore'],
    ['.github/x', '.github/x'],
  ])('takes %j as %j', (path, expected) => {
    expect(unix(path)).toBe(expected)
  })

  it.each([
    '..',
    '../x',
    'a/../../x',
    '/etc/passwd',
    '/srv/work2',
    '/srv/work/../x',
    '..\\x',
    'a\\..\\..\\x',
    '\\etc',
    '\\\\server\\share',
    '//server/share',
    'C:\\Windows',
    'c:/Windows',
    '../work/C:/Windows',
  ])('refuses %j as outside', (path) => {
    expect(codeOf(() => unix(path))).toBe('outside-workspace')
  })

  it.each(['a\0b', '\ud800', 'a/'.repeat(3000)])('refuses %j as no path', (path) => {
    expect(codeOf(() => unix(path))).toBe('invalid-path')
  })

  it.each(['.git', '.git/config', 'a/.GIT/hooks/x', '.git./x', 'git~1', '.g\u200dit/x', '.git '])(
    'refuses %j as git internals',
    (path) => {
      expect(codeOf(() => unix(path))).toBe('hidden')
    },
  )

  it.each([
    ['a/b', 'a/b'],
    ['a\\b', 'a/b'],
    ['C:\\work\\a', 'a'],
    ['c:/WORK/a', 'a'],
  ])('takes %j as %j on Windows', (path, expected) => {
    expect(windows(path)).toBe(expected)
  })

  it.each([
    ['D:\\x', 'outside-workspace'],
    ['D:x', 'outside-workspace'],
    ['\\\\?\\C:\\x', 'outside-workspace'],
    ['\\\\server\\share\\x', 'outside-workspace'],
    ['..\\x', 'outside-workspace'],
    ['C:\\workshop', 'outside-workspace'],
    ['a:stream', 'outside-workspace'],
    ['x/a:stream', 'invalid-path'],
    ['CON', 'invalid-path'],
    ['a/nul.txt', 'invalid-path'],
    ['com1', 'invalid-path'],
    ['a.', 'invalid-path'],
    ['a/b ', 'invalid-path'],
    ['.GIT\\config', 'hidden'],
  ])('refuses %j on Windows as %s', (path, code) => {
    expect(codeOf(() => windows(path))).toBe(code)
  })

  const piece = fc.oneof(
    fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      'C:',
      '~',
      '',
      ' ',
      'srv',
      'work',
      '//',
      '\\\\?\\',
      '%2e%2e',
      '\n',
      '..;',
    ),
    fc.string({ unit: 'binary', maxLength: 6 }),
  )
  const anyPath = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
  const joined = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('/'))

  it.each([false, true])('never leads outside, whatever the path (Windows rules: %s)', (isWindows) => {
    const [root, rules] = isWindows ? ['C:\\work', win32] : ['/srv/work', posix]
    fc.assert(
      fc.property(fc.oneof(anyPath, joined), (path) => {
        let relative
        try {
          relative = insidePath(path, { roots: [root], windows: isWindows })
        } catch (error) {
          expect(WorkspaceError.isInstance(error)).toBe(true)
          return
        }
        const resolved = rules.resolve(root, relative)
        expect(resolved === root || resolved.startsWith(root + rules.sep)).toBe(true)
        expect(relative.split('/')).not.toContain('..')
        expect(isAbsolute(relative)).toBe(false)
        expect(insidePath(relative, { roots: [root], windows: isWindows })).toBe(relative)
      }),
      { numRuns: 2000 },
    )
  })
})
