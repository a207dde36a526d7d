import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { complaint, runNode } from '../../tooling/command.ts'
import { stagedModule } from './stage.ts'
import type { SubjectEntry } from './subjects.ts'
import type { Upstream } from './upstream/upstream.ts'
import type { Workload } from './workloads.ts'

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const placeOf = (url: string): string => {
  const [, scoped] = /node_modules\/((?:@[^/]+\/)?[^/]+\/.*)$/.exec(url) ?? []
  return scoped ?? url.replace(/^file:.*\//, '')
}

const selfTimes = ({ nodes, samples, timeDeltas }: CpuProfile): Map<string, number> => {
  const names = new Map(
    nodes.map(({ id, callFrame }) => {
      const { functionName, url, lineNumber } = callFrame
      const name = functionName || '(anonymous)'
      return [id, url === '' ? name : `${name} ${placeOf(url)}:${lineNumber + 1}`]
    }),
  )
  const times = new Map<string, number>()
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '?'
    if (name !== '(idle)') times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0))
  }
  return times
}

/** `write`, `x node:net:1` → `node:net`, `y @ashlar/core/dist/index.js:2` → `@ashlar/core`. */
const packageOf = (name: string): string => {
  const place = name.split(' ').at(-1) ?? ''
  if (!name.includes(' ') || place.endsWith(')')) return name
  return /^(?:node:\w+(?:\/\w+)?|@[^/]+\/[^/]+|[^/:]+)/.exec(place)?.[0] ?? place
}

const byPackage = (times: ReadonlyMap<string, number>): Map<string, number> => {
  const sums = new Map<string, number>()
  for (const [name, time] of times) {
    const key = packageOf(name)
    sums.set(key, (sums.get(key) ?? 0) + time)
  }
  return sums
}

/** Profiles one workload of a subject; returns the functions with the most self time, in shares of all that was busy. */
export const profileSubject = async (
  subject: SubjectEntry,
  workload: Workload,
  upstream: Upstream,
): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-profile-'))
  try {
    const order = {
      module: subject.module,
      workload: workload.name,
      baseURL: `${upstream.origin}/${workload.name}/v1`,
      warmup: workload.warmup,
      operations: workload.operations * 3,
      maxMs: 6000,
    }
    const flags = [
      '--cpu-prof',
      '--cpu-prof-interval=200',
      `--cpu-prof-dir=${folder}`,
      '--enable-source-maps',
    ]
    const result = await runNode([...flags, stagedModule('block'), JSON.stringify(order)])
    const [file] = globSync(join(folder, '*.cpuprofile'))
    if (file === undefined) throw new Error(complaint('profile', result))
    const times = selfTimes(JSON.parse(readFileSync(file, 'utf8')))
    const busy = [...times.values()].reduce((sum, time) => sum + time, 0)
    const top = (all: ReadonlyMap<string, number>, count: number): string =>
      [...all]
        .toSorted(([, a], [, b]) => b - a)
        .slice(0, count)
        .map(([name, time]) => `${((100 * time) / busy).toFixed(1).padStart(6)} %  ${name}`)
        .join('\n')
    const title = `${subject.name}, ${workload.name}: ${(busy / 1000).toFixed(0)} ms busy`
    return `${title}\nby package\n${top(byPackage(times), 12)}\nby function\n${top(times, 40)}`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
