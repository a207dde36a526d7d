import { realpathSync } from 'node:fs'
import { posix, resolve } from 'node:path'

/** Another spelling of a text that may be a path. */
export type Spelling = (text: string) => string

const slashed = (text: string): string => {
  const path = text.replaceAll('\\', '/')
  return /^[a-z]:\//i.test(path) ? `/${path}` : path
}

const below = (root: string, path: string): string | undefined => {
  if (path === root) return '.'
  const start = root.endsWith('/') ? root : `${root}/`
  return path.startsWith(start) ? path.slice(start.length) : undefined
}

const itself = (folder: string): string => {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}

/**
 * The spellings under which a rule that takes something away sees a text: as it is, as a path relative to `root` without
 * `.`, `..`, doubled slashes and backslashes, and as an absolute one.
 */
export const spellingsOf = (root: string): readonly Spelling[] => {
  const base = slashed(resolve(root))
  const whole: Spelling = (text) => posix.resolve(base, slashed(text))
  const short: Spelling = (text) => {
    const path = whole(text)
    const inside = below(base, path)
    if (inside !== undefined) return inside
    if (!slashed(text).startsWith('/')) return posix.relative(base, path)
    return below(slashed(itself(resolve(root))), path) ?? path
  }
  return [(text) => text, short, whole]
}
