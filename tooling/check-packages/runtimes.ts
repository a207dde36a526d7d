import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createContext, runInContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { build } from 'esbuild'
import { portable } from '../check-shape/portability.ts'
import type { Package } from '../packages.ts'
import type { Report } from '../report.ts'

/** A whole run with a model of its own: one tool call, then an answer. */
const agentRun = `
import { createAgent, tool } from '@ashlar/core'
const usage = { inputTokens: 1, outputTokens: 1 }
const model = {
  provider: 'here', modelId: 'two-turns',
  async *stream({ messages }) {
    const asked = messages.at(-1).role === 'tool'
    yield { type: 'part', part: asked
      ? { type: 'text', text: 'The sum is ' + messages.at(-1).content[0].output }
      : { type: 'tool-call', id: 'c1', name: 'add', input: { a: 1, b: 2 } } }
    yield { type: 'finish', reason: asked ? 'stop' : 'tool-calls', usage, response: { provider: 'here', modelId: 'two-turns' } }
  },
}
const input = { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] }
const add = tool({ description: 'Adds', input, execute: ({ a, b }) => a + b })
const { text } = await createAgent({ model, tools: { add } }).run('1 + 2?')
`
const wanted = 'The sum is 3'

/** What browsers have and the language itself has not. */
const webGlobals = {
  AbortController,
  AbortSignal,
  DOMException,
  Event,
  EventTarget,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  clearInterval,
  clearTimeout,
  console,
  crypto,
  fetch,
  performance,
  queueMicrotask,
  setInterval,
  setTimeout,
  structuredClone,
  ReadableStream,
  TransformStream,
  Headers,
  Request,
  Response,
  Blob,
  atob,
  btoa,
}

const inBrowser = async (consumer: string): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents: `${agentRun}\nreport(text)`, resolveDir: consumer },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    logLevel: 'silent',
  })
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const context = createContext({ ...webGlobals, report: resolve, fail: reject })
  runInContext(`(async () => { ${outputFiles[0]?.text} })().catch(fail)`, context)
  return promise
}

const inWorker = async (consumer: string): Promise<string> => {
  const file = join(consumer, 'worker.mjs')
  writeFileSync(
    file,
    `${agentRun}\nimport { parentPort } from 'node:worker_threads'\nparentPort.postMessage(text)\n`,
  )
  const worker = new Worker(file)
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  worker.once('message', resolve).once('error', reject)
  try {
    return await promise
  } finally {
    await worker.terminate()
  }
}

/** Packages that claim to run without Node must bundle for a browser as they are. */
const bundles = async (consumer: string, name: string): Promise<void> => {
  await build({
    stdin: { contents: `export * from '${name}'`, resolveDir: consumer },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    logLevel: 'silent',
  })
}

/** Runs an agent in a browser's bundle and in a worker thread, from the installed packages. */
export const checkRuntimes = async (consumer: string, packages: readonly Package[]): Promise<Report> => {
  const findings: string[] = []
  for (const [place, run] of Object.entries({ 'a browser bundle': inBrowser, 'a worker': inWorker })) {
    try {
      const text = await Promise.race([run(consumer), sleep(20_000, 'no answer', { ref: false })])
      if (text !== wanted) findings.push(`in ${place} the agent answered ${JSON.stringify(text)}`)
    } catch (error) {
      findings.push(`in ${place}: ${String(error)}`)
    }
  }
  const names = packages.map(({ name }) => name).filter((name) => portable.includes(name))
  for (const name of names)
    await bundles(consumer, name).catch((error: unknown) => findings.push(`${name}: ${String(error)}`))
  return {
    check: 'a run without Node',
    measured: `browser bundle and worker thread; ${names.join(', ')}`,
    findings,
  }
}
