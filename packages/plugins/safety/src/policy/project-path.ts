import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { type Field, HOLE } from './field.ts'
import { hasGlob, unescapeGlob } from './glob-pattern.ts'
import type { Place } from './place.ts'
import type { Shell } from './shell.ts'

export const isWithin = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)

/** The path with links followed, for the part of it that exists. */
const followed = (path: string, shell: Shell): string => {
  let existing = path
  for (;;) {
    const real = shell.host.files.realPath(existing)
    if (real !== undefined) return existing === path ? real : join(real, relative(existing, path))
    const parent = dirname(existing)
    if (parent === existing) return path
    existing = parent
  }
}

/** The same as the kernel walks it: a link is followed before the `..` after it. */
const walked = (folder: string, text: string, shell: Shell): string => {
  let at = isAbsolute(text) ? '/' : folder
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') at = dirname(shell.host.files.realPath(at) ?? at)
    else at = join(at, part)
  }
  return followed(at, shell)
}

const placeOf = (text: string, folder: string, shell: Shell): Place => {
  const key = `${folder}\0${text}`
  const known = shell.host.places.get(key)
  if (known) return known
  shell.spend()
  const place = findPlace(text, folder, shell)
  shell.host.places.set(key, place)
  return place
}

const findPlace = (text: string, folder: string, shell: Shell): Place => {
  const path = resolve(folder, text)
  const real = text.includes('..') ? walked(folder, text, shell) : followed(path, shell)
  const root = shell.host.root
  const realRoot = shell.host.files.realPath(root) ?? root
  const inside =
    root !== '/' &&
    (isWithin(root, path) || isWithin(realRoot, path)) &&
    (isWithin(realRoot, real) || isWithin(root, real))
  return { path, real, inside }
}

/** The part of an argument before its first glob or unknown part, cut at a slash. */
export const knownPrefix = (field: Field): string => {
  if (field.pattern === undefined && !field.text.includes(HOLE)) return field.text
  const parts = (field.pattern ?? field.text).split('/')
  const first = parts.findIndex(
    (part) => part.includes(HOLE) || (field.pattern !== undefined && hasGlob(part)),
  )
  const known = (first < 0 ? parts : parts.slice(0, first)).join('/')
  const text = field.pattern === undefined ? known : unescapeGlob(known)
  return text === '' && first > 0 ? '/' : text
}

/** Where an argument may point to, for each folder the shell may be in; none when that is not known. */
export const placesOf = (field: Field, shell: Shell): readonly Place[] => {
  const prefix = knownPrefix(field)
  if (isAbsolute(prefix)) return [placeOf(prefix, '/', shell)]
  return shell.state.folders.map((folder) => placeOf(prefix === '' ? '.' : prefix, folder, shell))
}

/** A climbing path (`../../etc/x`) as it reads from the top: where it lands when the project lies less deep. */
export const fromTop = (text: string): string | undefined => {
  if (!text.startsWith('../')) return undefined
  const rest = text.split('/').filter((part) => part !== '..')
  return `/${rest.join('/')}`
}
