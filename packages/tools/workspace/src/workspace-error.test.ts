import { AshlarError } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import { fromSystemError, showPath, WorkspaceError } from './workspace-error.ts'

const systemError = (code: string): Error => Object.assign(new Error(code), { code, syscall: 'open' })

describe('WorkspaceError', () => {
  it.each([
    ['ENOENT', 'not-found'],
    ['ENOTDIR', 'not-a-folder'],
    ['EISDIR', 'not-a-file'],
    ['ELOOP', 'outside-workspace'],
    ['ENAMETOOLONG', 'invalid-path'],
    ['EACCES', 'permission'],
    ['EPERM', 'permission'],
    ['EROFS', 'permission'],
    ['ENOSPC', 'io'],
  ])('takes %s of the system as %s', (system, code) => {
    const cause = systemError(system)
    const error = fromSystemError(cause, 'a.txt')
    expect(error).toMatchObject({ code, path: 'a.txt', cause })
    expect(WorkspaceError.isInstance(error) && AshlarError.isInstance(error)).toBe(true)
  })

  it('lets other errors pass', () => {
    const typed = new WorkspaceError('no', { code: 'io', path: 'a' })
    const plain = new Error('no')
    for (const error of [typed, plain, 'text']) expect(fromSystemError(error, 'b')).toBe(error)
    expect(WorkspaceError.isInstance(plain)).toBe(false)
  })
})

describe('showPath', () => {
  it.each([
    ['a b/ç.txt', 'a b/ç.txt'],
    ['a"b', '"a\\"b"'],
    ['a\nb', '"a\\nb"'],
    ['\u001b[31mred', '"\\u001b[31mred"'],
    ['a\u202egpj.exe', '"a\\u202egpj.exe"'],
    ['a\u2028b\u007f', '"a\\u2028b\\u007f"'],
  ])('shows %j as %s', (path, shown) => {
    expect(showPath(path)).toBe(shown)
  })
})
