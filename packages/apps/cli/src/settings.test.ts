import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWireServer, type WireServer } from '@ashlar/testing/wire'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeTerminal, fixtures } from '../fixtures/terminal.ts'

let root = ''
let project = ''
let server: WireServer
const write = async (path: string, data: object): Promise<void> => {
  await mkdir(join(root, path, '..'), { recursive: true })
  await writeFile(join(root, path), JSON.stringify(data, undefined, 1))
}
const user = (settings: object): Promise<void> =>
  write('home/ashlar/ashlar.config.json', {
    model: 'mine/user',
    providers: {
      mine: { baseURL: `${server.url}/v1`, apiKey: '${env:MINE_KEY}', headers: { 'x-team': 'masons' } },
    },
    ...settings,
  })
const fromProject = (settings: object): Promise<void> => write('project/ashlar.config.json', settings)
const file = join(fixtures, 'agents/configured.agent.ts')

const start = async (words: string[], env: Record<string, string> = {}) => {
  const terminal = fakeTerminal({
    cwd: project,
    env: {
      XDG_CONFIG_HOME: join(root, 'home'),
      XDG_STATE_HOME: join(root, 'state'),
      HOME: root,
      MINE_KEY: 'key-of-mine',
      ...env,
    },
  })
  const code = await terminal.run(...words)
  return { code, out: terminal.out(), err: terminal.err() }
}
const run = (words: string[] = [], env: Record<string, string> = {}) =>
  start(['run', file, 'Go.', ...words], env)
/** What the last request asked for. */
const asked = () => server.requests.at(-1)
const body = (): unknown => asked()?.body

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ashlar-settings-'))
  project = join(root, 'project')
  await mkdir(join(project, '.git'), { recursive: true })
  server = await createWireServer()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await server.close()
  await rm(root, { recursive: true })
})

describe('the model of a run', () => {
  it('is by the file of the user, the project, the environment, and the option, each over the one before', async () => {
    server.enqueue(...Array.from({ length: 6 }, () => 'Done.'))
    await user({ agents: { configured: { model: 'mine/agents-own' }, other: { model: 'mine/other' } } })
    const { err } = await run()
    expect(body()).toMatchObject({ model: 'agents-own' })
    expect(err).toContain(`Model: mine/agents-own (by ${root}/home/ashlar/ashlar.config.json:`)
    await user({})
    await run()
    expect(body()).toMatchObject({ model: 'user' })
    await fromProject({ model: 'mine/project' })
    await run()
    expect(body()).toMatchObject({ model: 'project' })
    expect((await run([], { ASHLAR_MODEL: 'mine/env' })).err).toContain('(by ASHLAR_MODEL)')
    expect(body()).toMatchObject({ model: 'env' })
    await run(['--model', 'mine/option'], { ASHLAR_MODEL: 'mine/env' })
    expect(body()).toMatchObject({ model: 'option' })
    await start(['runs', 'start', file, 'Go.', '--id', 'r1'])
    expect(body()).toMatchObject({ model: 'project' })
  })

  it('is reached as the providers say; variables of the environment go over it', async () => {
    server.enqueue('Done.', 'Done.', 'Done.')
    await user({})
    await run()
    expect(asked()?.headers).toMatchObject({ authorization: 'Bearer key-of-mine', 'x-team': 'masons' })
    const openai = { baseURL: `${server.url}/v1`, apiKey: 'of-the-file' }
    await user({ model: 'openai/gpt-x', providers: { openai } })
    await run()
    expect(asked()?.headers).toMatchObject({ authorization: 'Bearer of-the-file' })
    await run([], { OPENAI_API_KEY: 'of-the-environment' })
    expect(asked()?.headers).toMatchObject({ authorization: 'Bearer of-the-environment' })
    expect((await run(['--model', 'other/x'])).err).toContain(
      'a provider whose baseURL the configuration has',
    )
  })

  it('is followed by its fallbacks, but not when another is asked for', async () => {
    await user({ fallbacks: ['mine/second'] })
    server.enqueue({ fault: { status: 401 } }, 'From the second.')
    expect((await run()).out).toContain('From the second.')
    expect(body()).toMatchObject({ model: 'second' })
    server.enqueue({ fault: { status: 401 } }, 'Not asked.')
    expect((await run(['--model', 'mine/alone'])).code).toBe(1)
    expect(server.remaining).toBe(1)
  })
})

describe('the settings of a run', () => {
  it('are the file’s where the code says nothing, and the code’s where it does', async () => {
    server.enqueue('Done.', 'Done.', 'Done.')
    const section = { instructions: 'By the file.', settings: { seed: 7 } }
    await user({ settings: { temperature: 0.5 }, agents: { configured: section } })
    await run()
    expect(body()).toMatchObject({ temperature: 0.5, seed: 7 })
    expect(JSON.stringify(body())).toContain('By the file.')
    await run([], { ASHLAR_SETTINGS__TEMPERATURE: '0.7' })
    expect(body()).toMatchObject({ temperature: 0.7 })
    vi.stubEnv('CONFIGURED_CODE', '1')
    await run()
    expect(body()).toMatchObject({ temperature: 0.1, seed: 7 })
    expect(JSON.stringify(body())).toContain('By the code.')
  })

  it('take tools away', async () => {
    server.enqueue({ toolCalls: [{ name: 'read', input: {} }] }, 'Done.', 'Done.')
    await user({ agents: { configured: { tools: ['hang'] } } })
    expect((await run()).out).toContain('Done.')
    expect(JSON.stringify(body())).toContain('Not allowed: read is not among the tools')
    expect(JSON.stringify(server.requests[0]?.body)).toContain('"hang"')
    expect(JSON.stringify(server.requests[0]?.body)).not.toContain('"read"')
    await user({})
    await run()
    expect(JSON.stringify(body())).toContain('"read"')
  })

  it('limit steps, tokens and time, whether the file passes them on or not', async () => {
    const calling = { toolCalls: [{ name: 'read', input: {} }] }
    await user({ limits: { steps: 1 } })
    server.enqueue(calling)
    expect(await run()).toMatchObject({ code: 1, err: expect.stringContaining('its limit of 1 step') })
    vi.stubEnv('CONFIGURED_CODE', '1')
    server.enqueue(calling)
    expect(await run()).toMatchObject({ code: 1, err: expect.stringContaining('(limits.steps: 1)') })
    await user({ limits: { tokens: 1 } })
    server.enqueue(calling)
    expect(await run()).toMatchObject({ code: 1, err: expect.stringContaining('(limits.tokens: 1)') })
    await user({ limits: { toolTimeoutMs: 20 } })
    server.enqueue({ toolCalls: [{ name: 'hang', input: {} }] }, 'Done.')
    expect((await run()).code).toBe(0)
    expect(JSON.stringify(body())).toMatch(/20 ms|timed out|took longer/)
    expect(server.remaining).toBe(0)
  })

  it('may not be references where they are numbers', async () => {
    await user({
      limits: { steps: '${env:STEPS}' },
      agents: { configured: { budget: { usd: '${env:STEPS}' } } },
    })
    const { code, err } = await run([], { STEPS: '1' })
    expect([code, server.requests.length]).toEqual([2, 0])
    expect(err).toContain('limits.steps: expected a number: a reference is a text')
    expect(err).toContain('agents.configured.budget.usd: expected a number')
    await user({
      model: '${env:MY_MODEL}',
      agents: { configured: { instructions: 'For ${env:WHOM}.' } },
    })
    server.enqueue('Done.')
    await run([], { MY_MODEL: 'mine/by-reference', WHOM: 'masons' })
    expect(body()).toMatchObject({ model: 'by-reference' })
    expect(JSON.stringify(body())).toContain('For masons.')
  })

  it('raise a limit where the file passes it on', async () => {
    await user({ limits: { steps: 25, repeats: 100 } })
    server.enqueue(
      ...Array.from({ length: 22 }, () => ({ toolCalls: [{ name: 'read', input: {} }] })),
      'Done.',
    )
    expect((await run()).out).toContain('Done.')
  })
})

describe('the budget', () => {
  const priced = () => {
    const openai = { baseURL: `${server.url}/v1`, apiKey: 'k' }
    return { model: 'openai/gpt-4o', providers: { openai } }
  }

  it('of a run refuses the call that would pass it', async () => {
    await user({ ...priced(), budget: { usd: 0.000_001 } })
    server.enqueue('Never asked.')
    expect(await run()).toMatchObject({ code: 1, err: expect.stringMatching(/budget/i) })
    expect(server.requests).toHaveLength(0)
    await user({ ...priced(), budget: { usd: 5 } })
    expect((await run()).out).toContain('Never asked.')
  })

  it('of a day is kept between runs', async () => {
    await user({ ...priced(), budget: { usdPerDay: 5 } })
    server.enqueue('Done.', 'Done.')
    expect((await run()).code).toBe(0)
    expect(await readdir(join(root, 'state/ashlar'))).toContain('ledger.db')
    await user({ ...priced(), budget: { usdPerDay: 0.000_001 } })
    expect((await run()).code).toBe(1)
    await user({ budget: { usd: 1 } })
    // A model that nobody has a price of is not taken for free.
    expect((await run()).err).toMatch(/price/)
  })
})

describe('secrets', () => {
  const key = 'ghp_0123456789abcdefghijABCD'
  const script = () => server.enqueue({ toolCalls: [{ name: 'read', input: {} }] }, `It is ${key}`)

  it('are masked in what the model reads, and in what is printed and kept', async () => {
    await user({})
    script()
    const { out } = await run(['--json'])
    expect(out).toContain('[redacted:api-key]')
    expect(out).not.toContain(key)
    expect(JSON.stringify(body())).not.toContain(key)
    script()
    await start(['runs', 'start', file, `Use ${key}`, '--id', 'r1'])
    const files = await readdir(project, { recursive: true, withFileTypes: true })
    const texts = await Promise.all(
      files
        .filter((each) => each.isFile())
        .map((each) => readFile(join(each.parentPath, each.name), 'latin1')),
    )
    expect(texts.length).toBeGreaterThan(0)
    expect(texts.join('')).toContain('[redacted:api-key]')
    expect(texts.join('')).not.toContain(key)
  })

  it('are left alone on request, of the option or of the user’s file, and addresses always', async () => {
    await user({})
    script()
    expect((await run(['--json', '--no-redact'])).out).toContain(key)
    await user({ redact: false })
    script()
    expect((await run(['--json'])).out).toContain(key)
    script()
    expect((await run(['--json', '--redact'])).out).not.toContain(key)
    await user({})
    await fromProject({ redact: false })
    expect(await run()).toMatchObject({ code: 2, err: expect.stringContaining('loosens a policy') })
    await rm(join(project, 'ashlar.config.json'))
    server.enqueue('Write to ann@example.org.')
    expect((await run()).out).toContain('ann@example.org')
  })
})
