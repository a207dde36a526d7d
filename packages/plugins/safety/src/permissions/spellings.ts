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

/** How a rule that takes something away reads: texts in each of these spellings, its globs in each of these. */
export interface WideReading {
  readonly spellings: readonly Spelling[]
  readonly globs: (glob: string) => readonly string[]
}

/** Not the way an absolute path is spelled: only what was one in the input begins with it. */
const anywhere = '//'

/**
 * Texts are read as they are, as a path relative to `root` without `.`, `..`, doubled slashes and backslashes, and as an
 * absolute one; globs without `./` before them. Where nobody says what the root is, an absolute path is read as each of
 * its ends.
 */
export const readWidely = (root?: string): WideReading => {
  const folder = resolve(root ?? '.')
  const base = slashed(folder)
  const isWhole = (text: string): boolean => slashed(text).startsWith('/')
  const whole: Spelling = (text) => posix.resolve(base, slashed(text))
  const short: Spelling = (text) => {
    const path = whole(text)
    const inside = below(base, path)
    if (inside !== undefined) return inside
    if (!isWhole(text)) return posix.relative(base, path)
    return below(slashed(itself(folder)), path) ?? path
  }
  const plain = (glob: string): string[] =>
    glob.startsWith('./') ? [glob, glob.replace(/^(?:\.\/+)+/, '')] : [glob]
  if (root !== undefined) return { spellings: [(text) => text, short, whole], globs: plain }
  const ends: Spelling = (text) => (isWhole(text) ? `/${whole(text)}` : text)
  return {
    spellings: [(text) => text, short, whole, ends],
    globs: (glob) => plain(glob).flatMap((one) => [one, `${anywhere}*/${one}`, `${anywhere}${one}`]),
  }
}
