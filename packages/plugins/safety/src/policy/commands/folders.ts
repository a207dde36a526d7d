import { type Field, literal } from '../field.ts'
import { allow, ask, type Outcome, silence, worst } from '../outcome.ts'
import { readPath } from '../path-rules.ts'
import { placesOf } from '../project-path.ts'
import type { Judge, Shell } from '../shell.ts'

/** Goes to a folder: what follows is judged from there. */
export const cd: Judge = (call, shell) => {
  const [field = literal(shell.host.home)] = call.args.filter(
    (arg) => !['-P', '-L', '-e', '--'].includes(arg.text),
  )
  const before = shell.state.folders
  if (field.text === '-') {
    shell.state.folders = shell.state.previous
    shell.state.previous = before
    return before.length > 0 && shell.state.folders.length > 0 ? allow(silence) : unknownFolder
  }
  shell.state.previous = before
  if (field.unknown !== undefined) {
    const known = readPath(field, shell, 'names')
    // Four folders up from anywhere is the top of the disk, or near it.
    shell.state.folders = /^\0[^/]*(?:\/\.\.){4,}\/?$/.test(field.text) ? ['/'] : []
    return worst([unknownFolder, known], silence)
  }
  return field.pattern === undefined ? enter(field, shell) : enterAny(field, shell)
}

const unknownFolder = ask('unknown-folder', 'The folder it goes to is not known.', silence)

const enter = (field: Field, shell: Shell): Outcome => {
  const before = shell.state.folders
  const places = placesOf(field, shell)
  const exists = places.every((place) => shell.host.files.kind(place.path) === 'directory')
  const isSure = exists && shell.state.conditional === 0
  if (!isSure && shell.state.mustSucceed) shell.state.assumedFolder = true
  const perhaps = isSure || shell.state.mustSucceed ? [] : before
  shell.state.folders = [...new Set([...places.map((place) => place.path), ...perhaps])].slice(0, 4)
  return worst(
    places.map((place) => (place.inside ? allow(silence) : outsideFolder(field, place.path, shell))),
    silence,
  )
}

/** `cd packages/*`: one of the folders it finds, all of which lie where its beginning says. */
const enterAny = (field: Field, shell: Shell): Outcome => {
  const found = readPath(field, shell, 'names')
  shell.state.folders = placesOf(field, shell).map((place) => `${place.path}/*`)
  return { ...found, output: silence }
}

const outsideFolder = (field: Field, path: string, shell: Shell): Outcome => {
  const found = readPath(literal(path), shell, 'names')
  return found.verdict === 'deny' ? found : ask('outside-project', `"${field.text}" is outside the project.`)
}
