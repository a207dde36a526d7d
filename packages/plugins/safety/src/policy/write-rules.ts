import { relative } from 'node:path'
import { type Field, HOLE } from './field.ts'
import { hasGlob } from './glob-pattern.ts'
import { allow, ask, deny, type Outcome, worst } from './outcome.ts'
import type { Place } from './place.ts'
import { fromTop, isWithin, knownPrefix, placesOf } from './project-path.ts'
import { belowHome, isDevice, roleInProject } from './sensitive-path.ts'
import type { Shell } from './shell.ts'

const quote = (field: Field): string => `"${field.text.replaceAll(HOLE, '…')}"`

const sinks = new Set([
  '/dev/null',
  '/dev/stdout',
  '/dev/stderr',
  '/dev/tty',
  '/dev/full',
  '/dev/fd/63',
  '/dev/fd/1',
  '/dev/fd/2',
])
const scratchEndings = ['.log', '.txt', '.out', '.tmp', '.err', '.diff', '.patch', '.md', '.csv']
const temporary = ['/tmp', '/var/tmp', '/private/tmp', '/dev/shm']

export interface WriteOptions {
  /** What is there is kept. */
  readonly appends?: boolean
  /** It only makes something new or touches what is there. */
  readonly keeps?: boolean
}

/** What protects this place, wherever the project is. */
const protection = (
  path: string,
  inside: boolean,
  { field, shell }: { field: Field; shell: Shell },
): Outcome | undefined => {
  const { secret, startup, system } = shell.host.traits(path)
  const relativePath = relative(shell.host.root, path)
  const role = roleInProject(inside ? relativePath : (belowHome(path, shell.host.home) ?? path))
  if (isDevice(path)) return deny('device', `${quote(field)} is a device; writing to it can destroy a disk.`)
  if (path.startsWith('/dev/tcp/') || path.startsWith('/dev/udp/'))
    return deny('reverse-shell', `${quote(field)} opens a connection.`)
  if (role === 'guard') return deny('self-modify', `${quote(field)} is what guards the agent.`)
  if (inside) {
    if (role === 'git') return deny('git-hooks', `${quote(field)} is run or obeyed by git.`)
    if (secret) return ask('secret-write', `${quote(field)} is where credentials are kept.`)
    return role === 'executed'
      ? ask('executed-file', `${quote(field)} is run or obeyed by the project's tools.`)
      : undefined
  }
  if (secret) return deny('secret', `${quote(field)} is where credentials are kept.`)
  if (startup) return deny('persistence', `${quote(field)} is obeyed at the start of a session.`)
  if (system && !temporary.some((folder) => isWithin(folder, path)))
    return deny('system-write', `${quote(field)} belongs to the system.`)
  return undefined
}

const isScratch = (path: string): boolean => scratchEndings.some((ending) => path.endsWith(ending))

const placeWrite = (
  place: Place,
  options: WriteOptions,
  { field, shell }: { field: Field; shell: Shell },
): Outcome => {
  if (sinks.has(place.path)) return allow()
  const guarded =
    protection(place.path, place.inside, { field, shell }) ??
    protection(place.real, place.inside, { field, shell })
  if (guarded) return guarded
  if (!place.inside) return ask('outside-project', `${quote(field)} is outside the project.`)
  const overwrites = !options.appends && !options.keeps && !isScratch(place.path)
  if (overwrites && shell.host.files.kind(place.real) === 'file')
    return ask('overwrite', `${quote(field)} exists and would be replaced.`)
  return allow()
}

/** May the command write the file this argument names? */
export const writePath = (field: Field, shell: Shell, options: WriteOptions = {}): Outcome => {
  if (field.stream) return allow()
  const places = placesOf(field, shell)
  const found = places.map((place) => placeWrite(place, options, { field, shell }))
  const top = fromTop(field.text)
  const guarded = top === undefined ? undefined : protection(top, false, { field, shell })
  if (guarded && places.some((place) => !place.inside)) found.push(guarded)
  if (places.length === 0)
    found.push(ask('unknown-folder', `The folder ${quote(field)} starts from is not known.`))
  if (field.unknown || field.pattern !== undefined)
    found.push(ask('unknown-path', `What ${quote(field)} names is only known when it runs.`))
  return worst(found)
}

const placeDestroyed = (
  place: Place,
  recursive: boolean,
  { field, shell }: { field: Field; shell: Shell },
): Outcome => {
  const { root, home } = shell.host
  if (sinks.has(place.path)) return allow()
  for (const path of [place.path, place.real]) {
    const traits = shell.host.traits(path)
    if (isWithin(path, root) || traits.home)
      return deny('destroys-files', `${quote(field)} holds the project or a home.`)
    if (place.inside && roleInProject(relative(root, path)) === 'git')
      return deny('destroys-files', `${quote(field)} holds the history.`)
    if (roleInProject(place.inside ? relative(root, path) : (belowHome(path, home) ?? path)) === 'guard')
      return deny('self-modify', `${quote(field)} is what guards the agent.`)
    if (place.inside || temporary.some((folder) => path !== folder && isWithin(folder, path))) continue
    if (traits.system || traits.startup || traits.secret || recursive || isDevice(path))
      return deny('destroys-files', `${quote(field)} is outside the project and would be lost.`)
  }
  return ask('deletes', `${quote(field)} would be deleted or changed for good.`)
}

/** A command that destroys what this argument names: at least ask. */
export const destroyPath = (field: Field, shell: Shell, recursive: boolean): Outcome => {
  const isAll = field.pattern?.split('/').some((part) => hasGlob(part)) === true
  if (field.unknown && recursive && /^\0[^/]*(?:\/\.\.){4,}/.test(field.text))
    return deny('destroys-files', `${quote(field)} climbs to the top of the disk.`)
  if (field.unknown && (knownPrefix(field) === '' || knownPrefix(field) === '.'))
    return ask('deletes', 'What it deletes is only known when it runs.')
  const prefix: Field = {
    text: isAll ? knownPrefix(field) || '.' : field.text,
    ...(field.unknown && { unknown: field.unknown }),
  }
  const places = placesOf(prefix, shell)
  const found = places.map((place) => {
    // `dir/*` takes all that is in it, yet leaves the project's own folder.
    const isRoot = isAll && (place.path === shell.host.root || place.real === shell.host.root)
    if (isRoot && shell.host.root !== '/' && place.path !== shell.host.home)
      return ask('deletes', `${quote(field)} would be deleted.`)
    return placeDestroyed(place, recursive || isAll, { field, shell })
  })
  const top = fromTop(field.text)
  if (top !== undefined && shell.host.traits(top).system && places.some((place) => !place.inside))
    found.push(deny('destroys-files', `${quote(field)} leaves the project.`))
  return worst([ask('deletes', `${quote(field)} would be deleted or changed for good.`), ...found])
}
