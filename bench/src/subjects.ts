import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { stagedModule } from './stage.ts'

/** One row of the table. */
export interface SubjectEntry {
  readonly name: string
  /** What it is called in the table; with its version for a peer. */
  readonly title: string
  /** The module that exports `create`. */
  readonly module: string
  /** The folder of a peer, where its packages are installed. */
  readonly peerFolder?: string
}

const own: readonly SubjectEntry[] = [
  { name: 'ashlar', title: '**ashlar**', module: stagedModule('ashlar') },
  { name: 'control', title: 'fetch again (control)', module: stagedModule('fetch') },
  { name: 'node-http', title: 'node:http (floor)', module: stagedModule('node-http') },
]

/** What all others are a multiple of. */
export const baseline: SubjectEntry = { name: 'fetch', title: 'raw fetch', module: stagedModule('fetch') }

const peersFolder = join(import.meta.dirname, '../peers')

const toPeer = (manifestFile: string): SubjectEntry => {
  // The description names the package that the others come with.
  const { description, dependencies }: { description: string; dependencies: Record<string, string> } =
    JSON.parse(readFileSync(manifestFile, 'utf8'))
  const peerFolder = dirname(manifestFile)
  const title = `${description} ${dependencies[description]}`
  return { name: basename(peerFolder), title, module: join(peerFolder, 'adapter.mjs'), peerFolder }
}

/** The other libraries, whether installed or not. */
const peers = (): SubjectEntry[] => globSync(join(peersFolder, '*/package.json')).toSorted().map(toPeer)

/** Whether a peer's packages are there. */
export const isInstalled = ({ peerFolder }: SubjectEntry): boolean =>
  peerFolder === undefined || existsSync(join(peerFolder, 'node_modules'))

/** Ours, the floor and the control; with `names`, those of all that are named. @throws Error for an unknown name */
export const selectSubjects = (names: readonly string[], withPeers: boolean): SubjectEntry[] => {
  const all = [...own, ...peers()]
  if (names.length === 0) return withPeers ? all : [...own]
  return names.map((name) => {
    const found = all.find((each) => each.name === name)
    if (found) return found
    throw new Error(`No subject "${name}"; there are ${all.map((each) => each.name).join(', ')}`)
  })
}
