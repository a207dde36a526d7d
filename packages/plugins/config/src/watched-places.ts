import { lstat, readlink } from 'node:fs/promises'
import { basename, dirname, join, parse, resolve, sep } from 'node:path'
import { filesIn } from './find-files.ts'

/** Folders, and the names in them whose change matters. */
export type WatchedPlaces = ReadonlyMap<string, ReadonlySet<string>>

/** Links that are followed before a path is taken for a circle. */
const mostLinks = 40

const kindOf = async (path: string): Promise<'link' | 'other' | undefined> =>
  lstat(path).then(
    (stats) => (stats.isSymbolicLink() ? 'link' : 'other'),
    () => undefined,
  )

interface Found {
  readonly folder: string
  readonly name: string
}

/** Where a path may change: each link on the way, what is at the end, or the first thing that is not there. */
const stepsOf = async (path: string): Promise<readonly Found[]> => {
  const steps: Found[] = []
  let rest = resolve(path)
  for (let links = 0; links < mostLinks;) {
    let at = parse(rest).root
    let isMoved = false
    for (const [index, word] of rest.slice(at.length).split(sep).entries()) {
      const next = join(at, word)
      const kind = await kindOf(next)
      if (kind !== 'other') steps.push({ folder: at, name: word })
      if (kind === undefined) return steps
      if (kind === 'link') {
        links++
        const behind = rest
          .slice(parse(rest).root.length)
          .split(sep)
          .slice(index + 1)
        rest = resolve(at, await readlink(next), ...behind)
        isMoved = true
        break
      }
      at = next
    }
    if (!isMoved) return [...steps, { folder: dirname(rest), name: basename(rest) }]
  }
  return steps
}

/**
 * What has to be watched to hear of every change to files of these names in folders, whether they are there yet or not,
 * and by way of whatever links.
 */
export const watchedPlaces = async (
  folders: readonly string[],
  { names, file }: { readonly names: readonly string[]; readonly file: string },
): Promise<WatchedPlaces> => {
  const places = new Map<string, Set<string>>()
  const add = ({ folder, name }: Found): void => {
    places.set(folder, (places.get(folder) ?? new Set()).add(name))
  }
  for (const folder of folders) {
    // The folder itself may come, go, or be replaced.
    for (const step of await stepsOf(folder)) add(step)
    if ((await kindOf(folder)) !== undefined) for (const name of names) add({ folder, name })
    for (const found of await filesIn(folder, file)) for (const step of await stepsOf(found)) add(step)
  }
  return places
}
