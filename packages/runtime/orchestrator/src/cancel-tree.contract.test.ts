import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createAgent, type LanguageModel, tool } from '@ashlar/core'
import { openai } from '@ashlar/openai'
import { createWireServer, type WireServer } from '@ashlar/testing/wire'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAgentExecutor } from './agent-executor.ts'
import { agentWork } from './agent-work.ts'
import { defineGraph } from './define-graph.ts'
import { asTool } from './patterns/as-tool.ts'
import { runGraph } from './run-graph.ts'

let server: WireServer
let model: LanguageModel
const children: ChildProcess[] = []
beforeEach(async () => {
  server = await createWireServer({
    answers: ({ rawBody }) =>
      rawBody.includes('You lead')
        ? {
            toolCalls: [
              { callId: 'f', name: 'find', input: { task: 'Find it' } },
              { callId: 's', name: 'shell' },
            ],
            // Its connection is not kept for the next call.
            headers: { connection: 'close' },
          }
        : { text: 'and so on '.repeat(20), deltaDelayMs: 60_000 },
  })
  model = openai('m', { baseURL: `${server.url}/v1` })
})
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
  await server.close()
})

/** A tool that is a process of its own, which hears of the end of the call or does not. */
const shell = (hears: boolean) =>
  tool({
    description: 'Runs a process',
    input: { type: 'object' },
    execute: async (_, { signal }) => {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1_000)'], { stdio: 'ignore' })
      children.push(child)
      if (hears) signal.addEventListener('abort', () => child.kill('SIGKILL'))
      await once(child, 'exit')
      return 'exited'
    },
  })

const endOf = (child: ChildProcess | undefined): string =>
  child?.signalCode ?? `${child?.exitCode ?? 'running'}`

/** Two tasks at work: one waits for a model; the other for a sub-agent, which waits for a model, and for a process. */
const start = async (hears: boolean) => {
  const events: string[] = []
  const find = asTool(createAgent({ name: 'finder', description: 'Finds', model, instructions: 'Find' }))
  const executor = createAgentExecutor({
    models: () => model,
    defaultModel: 'm',
    agents: { lead: { instructions: 'You lead', tools: ['find', 'shell'] }, writer: {} },
    tools: { find, shell: shell(hears) },
  })
  const graph = defineGraph([
    { id: 'lead', agentId: 'lead', input: 'Go' },
    { id: 'write', agentId: 'writer', input: 'Write' },
  ])
  const run = runGraph(graph, agentWork(executor, { onAgentEvent: ({ type }) => events.push(type) }))
  await server.until(({ activeRequests, requests }) => activeRequests === 2 && requests.length === 3)
  await expect.poll(() => children.length, { timeout: 5_000 }).toBe(1)
  return { run, events }
}

describe('cancelling a graph', () => {
  it('stops every stream, sub-agent and process below it within a second', async () => {
    const { run, events } = await start(true)
    expect(server.openSockets).toBe(2)
    expect(endOf(children[0])).toBe('running')
    run.cancel('enough')
    const inTime = AbortSignal.timeout(1_000)
    const { state, outcomes } = await run.result
    await server.until(({ openSockets, activeRequests }) => openSockets + activeRequests === 0, 1_000)
    expect(inTime.aborted).toBe(false)
    expect([state, ...[...outcomes.values()].map((outcome) => outcome.state)]).toEqual([
      'cancelled',
      'cancelled',
      'cancelled',
    ])
    await expect.poll(() => endOf(children[0])).toBe('SIGKILL')
    await expect
      .poll(() => server.requests.map(({ aborted }) => `${aborted}`).toSorted())
      .toEqual(['false', 'true', 'true'])
    // Nothing comes of it later.
    const after = events.length
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect([events.length, server.requests.length]).toEqual([after, 3])
  })

  it('control: a process that does not hear of it goes on', async () => {
    const { run } = await start(false)
    run.cancel('enough')
    expect((await run.result).state).toBe('cancelled')
    await server.until(({ openSockets }) => openSockets === 0, 1_000)
    expect(endOf(children[0])).toBe('running')
  })
})
