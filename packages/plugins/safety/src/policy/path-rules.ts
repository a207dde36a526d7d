import { basename } from 'node:path'
import { expandGlob } from './expand-glob.ts'
import { type Field, HOLE, isPlain } from './field.ts'
import { hasGlob, unescapeGlob } from './glob-pattern.ts'
import { allow, ask, deny, type Outcome, worst } from './outcome.ts'
import type { Place } from './place.ts'
import { fromTop, isWithin, placesOf } from './project-path.ts'
import { aimsAtSecret, isDevice, isSecretFileName } from './sensitive-path.ts'
import type { Shell } from './shell.ts'

/** How deep a command looks at a path: its content, the content of all below it, or names and sizes only. */
export type Look = 'content' | 'tree' | 'names'

const readable = new Set(['/dev/null', '/dev/stdin', '/dev/stdout', '/dev/stderr', '/dev/tty', '/dev/fd/63'])
const mayHoldTokens = new Set(['.npmrc', '.yarnrc.yml', '.git/config'])

const quote = (field: Field): string => `"${field.text.replaceAll(HOLE, '…')}"`

const secretRead = (field: Field): Outcome =>
  deny('secret', `${quote(field)} holds credentials; they would reach the model.`)

/** The name of a path as a glob, when the name is one. */
const globName = (field: Field): string | undefined => {
  const name = field.pattern?.split('/').at(-1)
  return name !== undefined && hasGlob(name) ? name : undefined
}

const isSecretPlace = (place: Place, shell: Shell): boolean =>
  shell.host.traits(place.path).secret || shell.host.traits(place.real).secret

/** A glob is checked by what it was made for and by what it finds. */
const globHitsSecret = (field: Field, shell: Shell, look: Look): Outcome => {
  if (field.pattern === undefined) return allow()
  const name = globName(field)
  const parts = field.pattern.split('/')
  const aimed = parts.some((part) => hasGlob(part) && aimsAtSecret(part))
  if (
    look !== 'names' &&
    (aimed || (name === undefined && isSecretFileName(unescapeGlob(parts.at(-1) ?? ''))))
  )
    return secretRead(field)
  const found = shell.state.folders.map((folder) => expandGlob(field.pattern ?? '', folder, shell))
  for (const paths of found) {
    if (!paths) return ask('wide-glob', `${quote(field)} stands for too many files to check.`)
    for (const path of paths) {
      const real = shell.host.files.realPath(path) ?? path
      if (look !== 'names' && isSecretPlace({ path, real, inside: true }, shell)) return secretRead(field)
      if (basename(path).startsWith('-') && parts.length === 1)
        return ask('hostile-name', `${quote(field)} finds a file whose name reads as an option.`)
      if (!isWithin(shell.host.root, real))
        return ask('outside-project', `${quote(field)} finds a link that leaves the project.`)
    }
  }
  return allow()
}

/** A folder that is read whole: does it hold a secret at its top? */
const treeHoldsSecret = (place: Place, shell: Shell): boolean =>
  (shell.host.files.names(place.real) ?? []).some((name) => isSecretFileName(name))

const placeRead = (place: Place, look: Look, { field, shell }: { field: Field; shell: Shell }): Outcome => {
  if (readable.has(place.path)) return allow()
  if (isSecretPlace(place, shell) && !(look === 'names' && place.inside)) return secretRead(field)
  if (place.path.startsWith('/dev/tcp/') || place.path.startsWith('/dev/udp/'))
    return deny('reverse-shell', `${quote(field)} opens a connection.`)
  if (isDevice(place.path)) return deny('device', `${quote(field)} is a device.`)
  if (place.inside) {
    if (look === 'tree' && treeHoldsSecret(place, shell))
      return ask('secret-in-tree', `A file with credentials lies below ${quote(field)}.`)
    if (look !== 'names' && mayHoldTokens.has(basename(place.path)))
      return ask('may-hold-tokens', `${quote(field)} may hold tokens.`)
    return allow()
  }
  const { home, system } = shell.host.traits(place.real)
  if (look === 'tree' && (home || system))
    return deny('secret', `All content below ${quote(field)} would be read, credentials included.`)
  return ask('outside-project', `${quote(field)} is outside the project.`)
}

/** May the command read what this argument names? */
export const readPath = (field: Field, shell: Shell, look: Look = 'content'): Outcome => {
  if (field.stream || field.text === '-') return allow()
  shell.spend()
  if (field.unknown === 'secret') return deny('secret', `${quote(field)} is built from a credential.`)
  if (
    field.unknown &&
    field.text.startsWith('/') &&
    shell.host.traits(field.text.replaceAll(HOLE, '0')).secret
  )
    return secretRead(field)
  const places = placesOf(field, shell)
  const name = field.text.split('/').at(-1) ?? ''
  if (look !== 'names' && field.pattern === undefined && !name.includes(HOLE) && isSecretFileName(name))
    return secretRead(field)
  const found = places.map((place) => placeRead(place, look, { field, shell }))
  const top = fromTop(field.text)
  if (top !== undefined && shell.host.traits(top).secret) return secretRead(field)
  if (places.length === 0)
    found.push(ask('unknown-folder', `The folder ${quote(field)} starts from is not known.`))
  if (field.unknown !== undefined && field.unknown !== 'path' && field.unknown !== 'name')
    found.push(ask('unknown-path', `What ${quote(field)} names is only known when it runs.`))
  return worst([...found, globHitsSecret(field, shell, look)])
}

/** Is this argument, read as a path in any of the usual spellings, a secret? For commands whose options are not known. */
export const scanForSecrets = (args: readonly Field[], shell: Shell): Outcome => {
  for (const field of args) {
    const starts = [0, ...['=', '@', ':'].map((mark) => field.text.indexOf(mark) + 1).filter((at) => at > 0)]
    if (field.text.startsWith('-') && field.text.length > 2) starts.push(2)
    for (const start of starts) {
      const text = field.text.slice(start)
      if (text === '' || text.startsWith('-')) continue
      const part: Field = isPlain(field)
        ? { text }
        : { ...field, text, ...(field.pattern !== undefined && { pattern: field.pattern.slice(start) }) }
      const found = readPath(part, shell)
      if (found.verdict === 'deny') return found
    }
  }
  return allow()
}
