import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'

/** What the policy looks up on disk; it never writes. Every method answers `undefined` where there is nothing to see. */
export interface FileView {
  /** The path with every symbolic link followed. */
  realPath(path: string): string | undefined
  kind(path: string): 'file' | 'directory' | 'other' | undefined
  /** The names in a folder. */
  names(path: string): readonly string[] | undefined
  /** The text of a file of at most `limit` bytes. */
  text(path: string, limit: number): string | undefined
}

const attempt = <T>(look: () => T): T | undefined => {
  try {
    return look()
  } catch {
    return undefined
  }
}

/** The disk of this machine. */
export const diskView: FileView = {
  realPath: (path) => attempt(() => realpathSync.native(path)),
  kind: (path) =>
    attempt(() => {
      const found = statSync(path)
      return found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other'
    }),
  names: (path) => attempt(() => readdirSync(path)),
  text: (path, limit) =>
    attempt(() => {
      const found = statSync(path)
      return found.isFile() && found.size <= limit ? readFileSync(path, 'utf8') : undefined
    }),
}

/** The same answer for the same path. */
export const remembered = <T>(look: (path: string) => T): ((path: string) => T) => {
  const seen = new Map<string, { readonly value: T }>()
  return (path) => {
    const known = seen.get(path)
    if (known) return known.value
    const value = look(path)
    seen.set(path, { value })
    return value
  }
}

/** Looks at every path once: for the time of one judgement. */
export const rememberingView = (files: FileView): FileView => {
  const texts = new Map<number, (path: string) => string | undefined>()
  return {
    realPath: remembered((path) => files.realPath(path)),
    kind: remembered((path) => files.kind(path)),
    names: remembered((path) => files.names(path)),
    text(path, limit) {
      const look = texts.get(limit) ?? remembered((one) => files.text(one, limit))
      texts.set(limit, look)
      return look(path)
    },
  }
}
