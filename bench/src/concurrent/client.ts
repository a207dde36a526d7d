import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { tool } from '@ashlar/core'
import { openai } from '@ashlar/openai'
import {
  type AgentGraphTask,
  agentWork,
  createAgentExecutor,
  defineGraph,
  type ExecutionResult,
  type Graph,
  runGraph,
} from '@ashlar/orchestrator'
import { createSemaphore } from '@ashlar/orchestrator/together'
import { createHttpClient } from '@ashlar/wire'
import * as prompts from '../prompts.ts'
import { answer, type LoadOrder, type LoadReport, type Sample } from './load.ts'
import { measureLoopDelay } from './loop-delay.ts'

// A process of its own: graphs of agents, as many runs at once as it is told, until time is up.

const order: LoadOrder = JSON.parse(process.argv[2] ?? '{}')
const { baseURL, concurrency, graphs, generations, durationMs, sampleMs, leastRuns, fault } = order
const perGraph = Math.ceil(concurrency / graphs)

const seen = { runs: 0, graphs: 0, wrong: 0, toolCalls: 0, deltas: 0, active: 0 }
const kept: unknown[] = []
const cell = new Int32Array(new SharedArrayBuffer(4))

const called = (): void => {
  seen.toolCalls += 1
  if (fault === 'leak') kept.push(Array.from({ length: 2_000 }, () => seen.toolCalls))
  if (fault === 'stall') Atomics.wait(cell, 0, 0, 80)
}
const tools = {
  lookup: tool({
    description: prompts.lookupDescription,
    input: prompts.lookupSchema,
    execute: ({ city }) => {
      called()
      return `${city}: 21 degrees, clear sky`
    },
  }),
  add: tool({
    description: prompts.addDescription,
    input: prompts.addSchema,
    execute: ({ a, b }) => {
      called()
      return a + b
    },
  }),
}
// By default 256 requests at once to one origin; the others would wait.
const http = createHttpClient({ maxSockets: concurrency })
const model = openai(prompts.modelId, { baseURL, apiKey: prompts.apiKey, http })
const executor = createAgentExecutor({
  models: () => model,
  defaultModel: prompts.modelId,
  agents: { worker: { instructions: prompts.instructions, tools: ['lookup', 'add'] } },
  tools,
})
const work = agentWork(executor, {
  onAgentEvent: ({ type }) => {
    if (type === 'text-delta') seen.deltas += 1
  },
})
const oneRun: typeof work = async (task, context) => {
  seen.active += 1
  try {
    const result = await work(task, context)
    seen.runs += 1
    if (result.output !== answer) seen.wrong += 1
    return result
  } finally {
    seen.active -= 1
  }
}
/** Graphs have more tasks under way than may run: when one comes to its end, the others make up for it. */
const permits = createSemaphore(concurrency)
const graphOf = (tasks: number): Graph<AgentGraphTask> =>
  defineGraph(
    Array.from({ length: tasks }, (_, i): AgentGraphTask => ({
      id: `t${i}`,
      agentId: 'worker',
      input: prompts.question,
    })),
  )

/** One graph after the other; the first ones are of different sizes, so that they do not all end at the same time. */
const runGraphs = async (signal: AbortSignal, place: number): Promise<void> => {
  const all = perGraph * generations
  const first = perGraph + Math.floor(((all - perGraph) * place) / graphs)
  for (let tasks = first; !signal.aborted; tasks = all) {
    const run = runGraph<AgentGraphTask, ExecutionResult>(
      graphOf(tasks),
      (task, context) => permits.run(() => oneRun(task, context), context.signal),
      { concurrency: 2 * perGraph, signal },
    )
    const { state } = await run.result
    if (state === 'success') seen.graphs += 1
    else if (!signal.aborted) seen.wrong += 1
  }
}

/** How long the main thread waited for a core so far. Source: docs.kernel.org, sched-stats */
const starvedMs = (): number => {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]) / 1e6
  } catch {
    return 0
  }
}

const startedAt = performance.now()
const elapsed = (): number => performance.now() - startedAt
const stop = new AbortController()
const running = Array.from({ length: graphs }, (_, place) => runGraphs(stop.signal, place))
const loop = measureLoopDelay()
const monitor = monitorEventLoopDelay({ resolution: 1 })
monitor.enable()
const samples: Sample[] = []
const active: number[] = []
const cpu = process.cpuUsage()
const starvedBefore = starvedMs()

/** The collections are ours, not theirs. */
const sample = (): void => {
  const delay = loop.look()
  loop.apart(() => global.gc?.())
  const { heapUsed, external, rss } = process.memoryUsage()
  const atMs = elapsed()
  samples.push({ atMs, heapMb: (heapUsed + external) / 2 ** 20, rssMb: rss / 2 ** 20, delay })
}

for (let next = sampleMs; elapsed() < durationMs || seen.runs < leastRuns; next = elapsed() + sampleMs) {
  while (elapsed() < next) {
    await sleep(50)
    active.push(seen.active)
  }
  sample()
}
loop.look()
loop.stop()
monitor.disable()
const { user, system } = process.cpuUsage(cpu)
const elapsedMs = elapsed()
const cpuShare = (user + system) / 1000 / elapsedMs
const starvedShare = (starvedMs() - starvedBefore) / elapsedMs
const stopping = seen.active
const stoppedAt = performance.now()
stop.abort()
await Promise.all(running)
const report: LoadReport = {
  samples,
  delay: loop.whole(),
  ownDelay: loop.own(),
  monitoredP99: monitor.percentile(99) / 1e6,
  ...seen,
  active: {
    mean: active.reduce((sum, one) => sum + one, 0) / active.length,
    max: Math.max(...active),
  },
  cancel: { ms: performance.now() - stoppedAt, runs: stopping, left: seen.active },
  cpuShare,
  starvedShare,
}
process.send?.(report, () => process.exit())
