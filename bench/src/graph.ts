import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { defineGraph, runGraph } from '@ashlar/orchestrator'
import { durableRuns, sqliteJournal } from '@ashlar/orchestrator/durable'
import { complaint, runCommand } from '../../tooling/command.ts'
import { median } from './median.ts'

// What a task of a graph costs beside its work, here and elsewhere: the same layered graph, the same work, medians of
// blocks that take turns. `--peers` installs the peers first, each into its own folder.

interface LayeredTask {
  readonly id: string
  readonly level: number
  readonly dependsOn: readonly string[]
}
type Work = (inputs: readonly number[]) => Promise<number>
type Run = (tasks: readonly LayeredTask[], work: Work, concurrency: number) => Promise<number | undefined>

const { values } = parseArgs({
  options: {
    tasks: { type: 'string', default: '1000' },
    repeats: { type: 'string', default: '5' },
    peers: { type: 'boolean', default: false },
  },
})
const width = 10
const concurrency = 10

/** Layers of ten; every task needs two of the layer before. */
const layered = (count: number): LayeredTask[] =>
  Array.from({ length: count }, (_, i) => {
    const level = Math.floor(i / width)
    const before = [i % width, (i + 3) % width].map((place) => `t${(level - 1) * width + place}`)
    return { id: `t${i}`, level, dependsOn: level === 0 ? [] : before }
  })

const work: Work = async (inputs) => inputs.reduce((sum, one) => (sum + one) % 1_000_003, 1)

const inMemory: Run = async (tasks, toDo) => {
  const graph = defineGraph(tasks)
  const { result } = runGraph<LayeredTask, number>(graph, (_, { inputs }) => toDo(Object.values(inputs)), {
    concurrency,
  })
  return (await result).outcomes.get(`t${tasks.length - 1}`)?.output
}

/** The work alone, in order. */
const floor: Run = async (tasks, toDo) => {
  const done = new Map<string, number>()
  for (const { id, dependsOn } of tasks)
    done.set(id, await toDo(dependsOn.map((from) => done.get(from) ?? 0)))
  return done.get(`t${tasks.length - 1}`)
}

const folder = mkdtempSync(join(tmpdir(), 'ashlar-graph-'))
const journal = await sqliteJournal(join(folder, 'runs.db'))
const runs = durableRuns(journal)
let runNumber = 0
const journalled: Run = async (tasks, toDo) => {
  const graph = defineGraph(tasks)
  const run = await runs.runGraph<LayeredTask, number>(
    graph,
    (_, { inputs }) => toDo(Object.values(inputs)),
    {
      runId: `run-${runNumber++}`,
      concurrency,
    },
  )
  return (await run.result).outcomes.get(`t${tasks.length - 1}`)?.output
}

const peerFolder = (name: string): string => join(import.meta.dirname, '../graph-peers', name)

const peerNamed = async (name: string): Promise<[string, Run][]> => {
  const at = peerFolder(name)
  if (values.peers) {
    const flags = ['--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error']
    const installed = await runCommand('npm', ['install', ...flags], { cwd: at })
    if (installed.code !== 0) console.log(`- not measured: ${complaint(`npm install of ${name}`, installed)}`)
  }
  if (!existsSync(join(at, 'node_modules'))) return []
  const { run }: { run: Run } = await import(join(at, 'adapter.mjs'))
  return [[name, run]]
}

const tasks = layered(Number(values.tasks))
const expected = await floor(tasks, work, concurrency)
const subjects: [string, Run][] = [
  ['the work alone', floor],
  ['@ashlar/orchestrator', inMemory],
  ['@ashlar/orchestrator, journal in SQLite', journalled],
  ...(await Promise.all(['p-queue', 'langgraph', 'mastra'].map(peerNamed))).flat(),
]
const times = new Map<string, number[]>()
try {
  // The first block of each warms it up.
  for (let block = 0; block <= Number(values.repeats); block++)
    for (const [name, run] of subjects) {
      const start = performance.now()
      const given = await run(tasks, work, concurrency)
      if (given !== expected) throw new Error(`${name} gave ${given}, not ${expected}`)
      if (block > 0)
        times.set(name, [...(times.get(name) ?? []), ((performance.now() - start) / tasks.length) * 1_000])
    }
  console.log(`${tasks.length} tasks in layers of ${width}, medians of ${values.repeats}\n`)
  console.log('| subject | µs a task | × ours |\n| --- | ---: | ---: |')
  const ours = median(times.get('@ashlar/orchestrator') ?? [])
  for (const [name, list] of times) {
    const middle = median(list)
    console.log(`| ${name} | ${middle.toFixed(1)} | ${(middle / ours).toFixed(2)} |`)
  }
} finally {
  await journal.close()
  rmSync(folder, { recursive: true })
}
