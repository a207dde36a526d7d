import { isObject } from '@ashlar/core'

/** Files and folders that a tool's answer names, with paths that can be given back to a tool. */
export interface ParsedListing {
  readonly files: readonly string[]
  readonly folders: readonly string[]
}

interface Entry {
  readonly path: string
  readonly isFolder: boolean
}

const entryOf = (value: unknown): Entry[] => {
  if (typeof value === 'string') return lineEntry(value)
  if (Array.isArray(value)) return value.flatMap(entryOf)
  if (!isObject(value)) return []
  const name = value['path'] ?? value['name'] ?? value['file']
  if (typeof name === 'string') {
    const kind = [value['kind'], value['type']].find((known) => typeof known === 'string') ?? ''
    const isFolder = /^(?:dir|folder)/i.test(kind) || value['isDirectory'] === true || name.endsWith('/')
    return /link|other/i.test(kind) ? [] : [{ path: name.replace(/\/$/, ''), isFolder }]
  }
  return Object.values(value).filter(Array.isArray).flatMap(entryOf)
}

const unquote = (name: string): string => {
  if (!/^".*"$/.test(name)) return name
  try {
    return String(JSON.parse(name))
  } catch {
    return name
  }
}

/** `a.txt (12 bytes)`, `docs/`, `- a.txt`, `[FILE] a.txt`, `"odd\nname.txt"`. */
const lineEntry = (line: string): Entry[] => {
  const marked = /^\s*\[(file|dir(?:ectory)?)\]\s+(.+)$/i.exec(line)
  const plain = (marked?.[2] ?? line)
    .trim()
    .replace(/^[-*•]\s+/, '')
    .replace(/\s+\([\d?][\d,. ]*\s?(?:[kmg]i?)?b(?:ytes)?\)$/i, '')
  if (plain === '' || /^\(.*\)$/.test(plain) || plain.endsWith('@')) return []
  const isFolder = plain.endsWith('/') || /^dir/i.test(marked?.[1] ?? '')
  return [{ path: unquote(plain.replace(/\/$/, '')), isFolder }]
}

const parse = (output: string): Entry[] => {
  if (/^\s*[[{]/.test(output))
    try {
      return entryOf(JSON.parse(output))
    } catch {}
  return output.split('\n').flatMap(lineEntry)
}

/** True when the paths already say where they are: each begins with `docs/`, for a folder such as `/home/me/docs`. */
const isWhole = (base: string, paths: readonly string[]): boolean => {
  const parts = base.split('/').filter(Boolean)
  return parts.some((_, from) => {
    const ending = parts.slice(from).join('/')
    return paths.every((path) => path === ending || path.startsWith(`${ending}/`))
  })
}

/** Reads the answer of a tool that lists or globs; bare names are taken to be in `folder`. */
export const parseListing = (output: string, folder = '.'): ParsedListing => {
  const base = folder.replace(/^\.\//, '').replace(/\/+$/, '')
  const found = parse(output).map((entry) => ({ ...entry, path: entry.path.replace(/^\.\//, '') }))
  const absolute = found.every(({ path }) => path.startsWith('/'))
  const whole =
    base === '' ||
    base === '.' ||
    absolute ||
    isWhole(
      base,
      found.map(({ path }) => path),
    )
  const pick = (folders: boolean): string[] => {
    const paths = found.filter(({ isFolder }) => isFolder === folders).map(({ path }) => path)
    return [...new Set(whole ? paths : paths.map((path) => `${base}/${path}`))]
  }
  return { files: pick(false), folders: pick(true) }
}
