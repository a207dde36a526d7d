import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAgent } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it, vi } from 'vitest'
import {
  createMcpClient,
  type McpClient,
  type McpClientOptions,
  McpError,
  type McpEvent,
  mcpTools,
  toContent,
} from './index.ts'

// Each test starts processes, on a machine that may have other work.
vi.setConfig({ testTimeout: 60_000 })

const fixture = (name: string): string => join(import.meta.dirname, '../fixtures', name)
const echo = join(import.meta.dirname, 'echo-server.ts')
const soak = process.env['ASHLAR_SOAK'] === '1'

const start = (
  args: readonly string[] = [],
  options: McpClientOptions & { env?: Record<string, string> } = {},
) => {
  const events: McpEvent[] = []
  const { env, ...rest } = options
  const client = createMcpClient(
    {
      type: 'stdio',
      command: process.execPath,
      args: [fixture('hostile-server.ts'), ...args],
      ...(env && { env }),
    },
    { name: 'hostile', onEvent: (event) => events.push(event), retry: { baseMs: 10 }, ...rest },
  )
  return { client, events }
}

const startEcho = (options: McpClientOptions = {}): McpClient =>
  createMcpClient({ type: 'stdio', command: process.execPath, args: [echo] }, { name: 'echo', ...options })

const failureOf = async (call: Promise<unknown>): Promise<McpError> => {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (McpError.isInstance(error)) return error
  throw new Error('the call did not fail as it should', { cause: error })
}

const text = async (client: McpClient, name: string, input: Record<string, unknown> = {}): Promise<string> =>
  toContent(await client.callTool(name, input)).text

const pidOf = (client: McpClient): Promise<number> =>
  client.use(async ({ transport }) => Number(transport && 'pid' in transport ? transport.pid : 0))

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const until = async (condition: () => boolean): Promise<void> => {
  for (let left = 500; !condition() && left > 0; left -= 1) await sleep(10)
  expect(condition()).toBe(true)
}

describe('a hostile server', () => {
  it('that hangs, lies, floods or dies costs one call a typed error, and the next call works', async () => {
    const { client } = start([], { timeoutMs: 1_500 })
    await client.listTools()
    expect(await failureOf(client.callTool('hang', {}))).toMatchObject({ code: 'timeout' })
    expect(await text(client, 'echo', { n: 1 })).toBe('{"n":1}')
    expect((await failureOf(client.callTool('liar', {}))).message).toMatch(
      /liar answered something else .* n: expected number/,
    )
    expect(await failureOf(client.callTool('flood', {}))).toMatchObject({ code: 'flooded' })
    expect(await text(client, 'echo', { n: 2 })).toBe('{"n":2}')
    const died = await failureOf(client.callTool('die', {}))
    expect(died).toMatchObject({ code: 'closed' })
    expect(died.message).toMatch(
      /the server ended \(exit code 7\); whether the call took effect is not known/,
    )
    expect(await text(client, 'echo', { n: 3 })).toBe('{"n":3}')
    await client.close()
  })
  it('that writes what is no message is read all the same', async () => {
    const { client, events } = start()
    expect(await text(client, 'noise')).toBe('after the noise')
    expect(events.filter(({ type }) => type === 'server-log')).toHaveLength(2)
    await client.close()
  })
  it('that answers with 50 MB is cut with a note, with more is an error of that call alone', async () => {
    const { client } = start([], { timeoutMs: 30_000 })
    for (const name of ['big', 'big_reversed']) {
      const cut = await text(client, name, { bytes: 50_000_000 })
      expect(cut.length).toBeLessThan(100_200)
      expect(cut).toMatch(/\[cut: 50,000,000 characters in all, the first 100,000 are shown; ask for less\]$/)
    }
    const { client: small } = start([], { maxMessageBytes: 1_000_000 })
    for (const name of ['big', 'big_reversed'])
      expect(await failureOf(small.callTool(name, { bytes: 3_000_000 }))).toMatchObject({ code: 'too-large' })
    expect(await failureOf(small.callTool('big', { bytes: 9_000_000 }))).toMatchObject({ code: 'flooded' })
    expect(await text(small, 'echo')).toBe('{}')
    await Promise.all([client.close(), small.close()])
  })
  it('cannot hold us up with its schemas', async () => {
    const { client } = start()
    const tools = await mcpTools(client)
    const model = scriptedModel([
      {
        toolCalls: [
          { name: 'slow_pattern', input: { a: `${'a'.repeat(40)}!` } },
          { name: 'endless_reference', input: {} },
        ],
      },
      'done',
    ])
    const { messages } = await createAgent({ model, tools }).run('go')
    expect(JSON.stringify(messages)).toContain('"output":"ok')
    expect(JSON.stringify(messages)).toContain('"output":"fine"')
    await client.close()
  })
  it('does not end a run: the model reads what went wrong and goes on', async () => {
    const { client } = start([], { timeoutMs: 1_000 })
    const tools = await mcpTools(client)
    const names = ['hang', 'die', 'liar', 'leak']
    const model = scriptedModel([...names.map((name) => ({ toolCalls: [{ name, input: {} }] })), 'went on'])
    const { text: answer, messages } = await createAgent({ model, tools }).run('go')
    expect(answer).toBe('went on')
    expect(messages.filter(({ role }) => role === 'tool')).toHaveLength(4)
    await client.close()
  })
})

describe('connecting', () => {
  it('says what is missing, and does not try again', async () => {
    const events: McpEvent[] = []
    const client = createMcpClient(
      { type: 'stdio', command: 'no-such-command-here' },
      { onEvent: (event) => events.push(event) },
    )
    const { code, message } = await failureOf(client.connect())
    expect([code, message]).toEqual([
      'cannot-start',
      'mcp: cannot start: there is no command "no-such-command-here"; install it or correct it',
    ])
    expect(events).toEqual([])
  })
  it('tries three times with growing waits, and tells the last words of a server that ends', async () => {
    const { client, events } = start([], {
      env: { API_TOKEN: 'tell-nobody-4711' },
      retry: { baseMs: 5, maxMs: 8 },
    })
    const broken = createMcpClient(
      {
        type: 'stdio',
        command: process.execPath,
        args: ['-e', 'console.error("no database"); process.exit(4)'],
      },
      { name: 'broken', retry: { baseMs: 5, maxMs: 8 }, onEvent: (event) => events.push(event) },
    )
    const error = await failureOf(broken.connect())
    expect(error.message).toBe(
      'broken: the server ended (exit code 4); its last words: no database | no database',
    )
    expect(events.flatMap((event) => (event.type === 'server-retry' ? [event.delayMs] : []))).toEqual([5, 8])
    await client.close()
  })
  it('gives up on a server that never answers', async () => {
    const { client } = start(['--hang'], { connectTimeoutMs: 300, graceMs: 100, retry: { attempts: 1 } })
    expect(await failureOf(client.connect())).toMatchObject({ code: 'timeout' })
    await client.close()
  })
  it('starts a server again that dies of the first question of the new protocol', async () => {
    const { client } = start(['--dies-of-discover'])
    expect((await client.connect()).protocolVersion).toBe('2025-11-25')
    await client.close()
  })
  it('refuses a protocol version that nobody knows', async () => {
    const { client } = start(['--ancient'], { graceMs: 200 })
    expect(await failureOf(client.connect())).toMatchObject({ code: 'version-mismatch' })
    await client.close()
  })
  it('repeats what is safe to repeat on a new connection, and nothing else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ashlar-mcp-'))
    const { client, events } = start([], { env: { SURVIVOR_FILE: join(folder, 'died') } })
    const tools = await mcpTools(client)
    const model = scriptedModel([{ toolCalls: [{ name: 'die_once' }] }, 'done'])
    const { messages } = await createAgent({ model, tools }).run('go')
    expect(JSON.stringify(messages)).toContain('second life')
    expect(events.filter(({ type }) => type === 'server-connect')).toHaveLength(2)
    expect(tools['die']?.annotations).toEqual({ readOnly: false, destructive: true, idempotent: false })
    await client.close()
    rmSync(folder, { recursive: true })
  })
  it('connects once for many callers, and leaves out one that gave up', async () => {
    const { client, events } = start()
    const given = AbortSignal.abort(new Error('enough'))
    const calls = Array.from({ length: 20 }, (_, n) => text(client, 'echo', { n }))
    await expect(client.connect({ signal: given })).rejects.toThrow('enough')
    expect(await Promise.all(calls)).toEqual(calls.map((_, n) => `{"n":${n}}`))
    expect(events.filter(({ type }) => type === 'server-connect')).toHaveLength(1)
    await client.close()
    expect(await failureOf(client.callTool('echo', {}))).toMatchObject({ code: 'closed', unsent: true })
  })
})

describe('secrets', () => {
  const secret = 'sk-7f3a9c21e5d84b60'
  it('of env are in no error, event or result', async () => {
    const { client, events } = start([], { env: { API_TOKEN: secret } })
    const tools = await mcpTools(client)
    const model = scriptedModel([{ toolCalls: [{ name: 'leak' }, { name: 'environment' }] }, 'done'])
    const seen: unknown[] = []
    for await (const event of createAgent({ model, tools }).run('go')) seen.push(event)
    const error = await failureOf(client.callTool('leak', {}))
    await until(() =>
      events.some((event) => event.type === 'server-log' && event.text.includes('connecting with')),
    )
    const all = JSON.stringify([seen, events, error, error.message, error.stack])
    expect(all).not.toContain(secret)
    expect(all).toContain('bad token [secret]')
    // The control: the server did get it.
    const raw = await client.callTool('environment', {})
    expect(JSON.stringify(raw)).toContain(secret)
    await client.close()
  })
  it('of ours do not reach a server whose definition does not name them', async () => {
    const { client } = start([], {})
    const names = Object.keys(JSON.parse(await text(client, 'environment')))
    expect(names).toContain('PATH')
    expect(names.filter((name) => /VITEST|TOKEN|KEY|SECRET/.test(name))).toEqual([])
    await client.close()
  })
})

describe('processes', () => {
  const run = async (mode: string, args: readonly string[]) => {
    const parent = spawn(process.execPath, [fixture('parent.ts'), mode, '--', process.execPath, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [chunk] = await once(parent.stdout, 'data')
    return { parent, pid: Number(String(chunk).trim()) }
  }
  it('end when the process that started them is killed', async () => {
    const { resolve } = createRequire(import.meta.url)
    const servers = [
      [echo],
      [resolve('@modelcontextprotocol/server-everything/dist/index.js')],
      [resolve('@modelcontextprotocol/server-filesystem/dist/index.js'), tmpdir()],
    ]
    const started = await Promise.all(servers.map((server) => run('stay', server)))
    for (const { parent, pid } of started) {
      expect(isAlive(pid)).toBe(true)
      parent.kill('SIGKILL')
      await until(() => !isAlive(pid))
    }
  })
  it('do not keep a program alive that is done without having closed them', async () => {
    const { parent, pid } = await run('leave', [echo])
    const [code] = await once(parent, 'exit')
    expect(code).toBe(0)
    await until(() => !isAlive(pid))
  })
  it('that ignore the end of stdin are ended by a signal, and what they started with them', async () => {
    const { client } = start(['--stubborn'], { graceMs: 150 })
    await client.connect()
    const pid = await pidOf(client)
    await client.close()
    expect(isAlive(pid)).toBe(false)
  })
  it('are ended by await using', async () => {
    let pid = 0
    {
      await using client = startEcho()
      pid = await pidOf(client)
      expect(isAlive(pid)).toBe(true)
    }
    await until(() => !isAlive(pid))
  })
  it('may be killed in the middle of calls: each call ends, and the next one works', async () => {
    const client = startEcho({ retry: { baseMs: 5 } })
    const kills = soak ? 20 : 3
    const outcomes: string[] = []
    for (let n = 0; n < kills; n += 1) {
      const pid = await pidOf(client)
      const calls = [client.callTool('wait', { steps: 5, ms: 20 }), client.callTool('echo', { text: `${n}` })]
      setTimeout(() => process.kill(pid, 'SIGKILL'), n * 3)
      for (const settled of await Promise.allSettled(calls))
        outcomes.push(
          settled.status === 'fulfilled'
            ? 'result'
            : (McpError.isInstance(settled.reason) && settled.reason.code) || 'unclear',
        )
      expect(toContent(await client.callTool('echo', { text: 'still here' })).text).toBe('still here')
    }
    expect(outcomes).toHaveLength(2 * kills)
    expect(new Set(outcomes)).toEqual(
      new Set(outcomes.filter((outcome) => ['result', 'closed'].includes(outcome))),
    )
    expect(outcomes).toContain('closed')
    await client.close()
  })
})

describe('one connection', () => {
  it('takes a thousand calls without a leak', async () => {
    const client = startEcho()
    const { signal } = new AbortController()
    const many = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n += 1) await client.callTool('echo', { text: `${n}` }, { signal })
    }
    await many(200)
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    await many(1_000)
    globalThis.gc?.()
    const grown = process.memoryUsage().heapUsed - before
    // Without a forced collection there is garbage; a leak of one message with its handlers each would be far above.
    expect(grown).toBeLessThan(30 * 1024 * 1024)
    const pending = await client.use(async (sdk) =>
      ['_responseHandlers', '_progressHandlers', '_timeoutInfo'].map((name) => {
        const map: unknown = Reflect.get(sdk, name)
        return map instanceof Map ? map.size : -1
      }),
    )
    expect(pending).toEqual([0, 0, 0])
    await client.close()
  })
  it('is shared by fifty agents', async () => {
    const events: McpEvent[] = []
    const client = startEcho({ onEvent: (event) => events.push(event) })
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const model = scriptedModel([
          { toolCalls: [{ name: 'echo', input: { text: `agent ${n}` } }] },
          ({ messages }) => JSON.stringify(messages.at(-1)),
        ])
        const { text: answer } = await createAgent({ model, tools: await mcpTools(client) }).run('go')
        return answer.includes(`agent ${n}"`)
      }),
    )
    expect(answers).toEqual(answers.map(() => true))
    expect(events.filter(({ type }) => type === 'server-connect')).toHaveLength(1)
    await client.close()
  })
  it('passes progress on, and cancels what is aborted', async () => {
    const client = startEcho()
    const { wait } = await mcpTools(client)
    const model = scriptedModel([{ toolCalls: [{ name: 'wait', input: { steps: 3, ms: 5 } }] }, 'done'])
    const updates: unknown[] = []
    for await (const event of createAgent({ model, tools: wait ? { wait } : {} }).run('go'))
      if (event.type === 'tool-progress') updates.push(event.update)
    expect(updates).toEqual([1, 2, 3].map((n) => ({ progress: n, message: `step ${n} of 3` })))
    const controller = new AbortController()
    const call = client.callTool('wait', { steps: 100, ms: 50 }, { signal: controller.signal })
    setTimeout(() => controller.abort(new Error('not needed')), 50)
    await expect(call).rejects.toThrow('not needed')
    await client.close()
  })
})
