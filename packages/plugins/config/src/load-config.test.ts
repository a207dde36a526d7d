import { spawnSync } from 'node:child_process'
import { rm, symlink } from 'node:fs/promises'
import { InvalidArgument } from '@ashlar/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ConfigError, describeIssue } from './config-error.ts'
import { createFolders } from './fixture-folders.ts'
import { loadConfig } from './load-config.ts'

const schema = {
  type: 'object',
  properties: {
    model: { type: 'string', minLength: 1, default: 'default/model' },
    limits: {
      type: 'object',
      properties: { steps: { type: 'integer', minimum: 1, default: 20 }, toolTimeoutMs: { type: 'integer' } },
    },
    verbose: { type: 'boolean' },
    tools: { type: 'array', items: { type: 'string' } },
    providers: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: {
          apiKey: { type: 'string', minLength: 3, pattern: '^[a-z-]+$' },
          baseURL: { type: 'string' },
        },
      },
    },
    agents: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: {
          model: { type: 'string' },
          limits: { type: 'object', properties: { steps: { type: 'integer' } } },
        },
      },
    },
  },
} as const

const failure = async (loading: Promise<unknown>): Promise<string[]> => {
  const error: unknown = await loading.then(
    () => expect.fail('it was found good'),
    (thrown: unknown) => thrown,
  )
  if (!ConfigError.isInstance(error)) throw error
  return error.issues.map(describeIssue)
}

describe('layers', () => {
  const layers = ['schema', 'defaults', 'user', 'project', 'env', 'flags'] as const

  it('go over each other in their order, in every combination, and each value knows its own', async () => {
    for (let chosen = 0; chosen < 2 ** 5; chosen++) {
      await using folders = await createFolders()
      const has = (layer: (typeof layers)[number]): boolean =>
        layer === 'schema' || (chosen & (1 << (layers.indexOf(layer) - 1))) > 0
      if (has('user')) await folders.write('home/ashlar/ashlar.config.yaml', 'model: of-user\n')
      if (has('project')) await folders.write('project/ashlar.config.json', '{\n  "model": "of-project"\n}')
      const config = await loadConfig({
        schema,
        ...folders.options,
        ...(has('defaults') && { defaults: { model: 'of-defaults' } }),
        ...(has('flags') && { flags: { model: 'of-flags' } }),
        env: { ...folders.env, ...(has('env') && { ASHLAR_MODEL: 'of-env' }) },
      })
      const strongest = layers.findLast(has) ?? 'schema'
      expect(config.value.model).toBe(strongest === 'schema' ? 'default/model' : `of-${strongest}`)
      expect(config.originOf('model')?.layer).toBe(strongest === 'schema' ? 'defaults' : strongest)
    }
  })

  it('are merged key by key', async () => {
    await using folders = await createFolders()
    const user = await folders.write(
      'home/ashlar/ashlar.config.yml',
      'limits:\n  toolTimeoutMs: 5\ntools: [a, b]\n',
    )
    const project = await folders.write('project/ashlar.config.yaml', 'limits:\n  steps: 3\ntools: [c]\n')
    const config = await loadConfig({ schema, ...folders.options, cwd: `${folders.project}/.git` })
    expect(config.value).toEqual({
      model: 'default/model',
      limits: { steps: 3, toolTimeoutMs: 5 },
      tools: ['c'],
    })
    expect(config.files).toEqual([user, project])
    expect(
      config.entries().map(({ path, origin }) => [path, origin.layer, origin.line, origin.column]),
    ).toEqual([
      ['model', 'defaults', undefined, undefined],
      ['limits.steps', 'project', 2, 10],
      ['limits.toolTimeoutMs', 'user', 2, 18],
      ['tools[0]', 'project', 3, 9],
    ])
  })

  it('take variables and flags as what the schema wants, and tell of variables that name nothing', async () => {
    await using folders = await createFolders()
    const env = {
      ASHLAR_LIMITS__STEPS: '7',
      ASHLAR_LIMITS__TOOL_TIMEOUT_MS: '100',
      ASHLAR_VERBOSE: 'true',
      ASHLAR_TOOLS: 'a, b',
      ASHLAR_AGENTS__DOCS__MODEL: 'm/1',
      ASHLAR_PROVIDERS: '{"openai":{"apiKey":"from-json"}}',
      ASHLAR_POSTGRES_URL: 'somebody else’s',
      ASHLAR_LIMITS__: 'x',
      OTHER: 'x',
    }
    const config = await loadConfig({
      schema,
      ...folders.options,
      env,
      flags: { 'limits.steps': '9', verbose: undefined, tools: ['z'] },
    })
    expect(config.value).toEqual({
      model: 'default/model',
      limits: { steps: 9, toolTimeoutMs: 100 },
      verbose: true,
      tools: ['z'],
      agents: { docs: { model: 'm/1' } },
      providers: { openai: { apiKey: 'from-json' } },
    })
    expect(config.unused).toEqual(['ASHLAR_LIMITS__', 'ASHLAR_POSTGRES_URL'])
    expect(config.originOf(['limits', 'toolTimeoutMs'])).toEqual({
      layer: 'env',
      name: 'ASHLAR_LIMITS__TOOL_TIMEOUT_MS',
    })
    const wrong = await failure(
      loadConfig({
        schema,
        ...folders.options,
        env: { ASHLAR_VERBOSE: 'yes' },
        flags: { 'limits.steps': 'many', 'a..b': 1, lmits: 2 },
      }),
    )
    expect(wrong.toSorted()).toEqual(
      [
        'ASHLAR_VERBOSE verbose: expected boolean, received string',
        'limits.steps limits.steps: expected integer, received string',
        'a..b a[""].b: expected keys with dots between them',
        'lmits lmits: unknown key; did you mean "limits"?',
      ].toSorted(),
    )
  })

  it('give each agent its own section over the rest', async () => {
    await using folders = await createFolders()
    await folders.write(
      'project/ashlar.config.yaml',
      'model: common\nlimits: { steps: 5, toolTimeoutMs: 9 }\nagents:\n  docs:\n    limits: { steps: 2 }\n',
    )
    const config = await loadConfig({ schema, ...folders.options })
    expect(config.agents).toEqual(['docs'])
    expect(config.forAgent('docs')).toEqual({ model: 'common', limits: { steps: 2, toolTimeoutMs: 9 } })
    expect(config.forAgent('other')).toEqual({ model: 'common', limits: { steps: 5, toolTimeoutMs: 9 } })
    expect(config.entries('docs').find(({ path }) => path === 'limits.steps')?.origin.line).toBe(5)
  })
})

describe('what is wrong', () => {
  it('is told all at once, in order, with file, line, column and path', async () => {
    await using folders = await createFolders()
    const user = await folders.write(
      'home/ashlar/ashlar.config.json',
      '\uFEFF{\r\n  "modle": "x",\r\n  "limits": { "steps": 0 }\r\n}',
    )
    const project = await folders.write(
      'project/ashlar.config.yaml',
      'tools:\n  - a\n  - 3\nagents:\n  docs:\n    limit: {}\nproviders:\n  openai: { apiKey: "${evn:X}" }\n',
    )
    expect(await failure(loadConfig({ schema, ...folders.options }))).toEqual([
      `${user}:2:3 modle: unknown key; did you mean "model"?`,
      `${user}:3:24 limits.steps: expected at least 1`,
      `${project}:3:5 tools[1]: expected string, received number`,
      `${project}:6:5 agents.docs.limit: unknown key; did you mean "limits"?`,
      `${project}:8:21 providers.openai.apiKey: unknown kind of reference; did you mean "env"?`,
    ])
  })

  it('in one file does not hide what is wrong in the other', async () => {
    await using folders = await createFolders()
    const user = await folders.write('home/ashlar/ashlar.config.json', '{ "model": }')
    const project = await folders.write('project/ashlar.config.yaml', 'modle: x\n')
    expect(await failure(loadConfig({ schema, ...folders.options }))).toEqual([
      `${user}:1:12: no valid JSON: value expected`,
      `${project}:1:1 modle: unknown key; did you mean "model"?`,
    ])
  })

  it('with what is missing is told at what should have it', async () => {
    await using folders = await createFolders()
    const project = await folders.write('project/ashlar.config.yaml', 'a:\n  b: 1\n')
    const strict = {
      type: 'object',
      properties: { a: { type: 'object', properties: { b: {}, c: {} }, required: ['c'] } },
    }
    expect(await failure(loadConfig({ schema: strict, ...folders.options }))).toEqual([
      `${project}:2:3 a.c: required`,
    ])
  })

  it('goes for any Standard Schema, whose output comes with resolveAll', async () => {
    await using folders = await createFolders()
    const project = await folders.write('project/ashlar.config.yaml', 'port: 80\nurl: no-url\nxtra: 1\n')
    const own = z.object({
      port: z.number().min(1000),
      url: z.url().optional(),
      host: z.string().default('localhost'),
      list: z
        .string()
        .transform((text) => text.split(','))
        .optional(),
      extra: z.string(),
    })
    const messages = await failure(loadConfig({ schema: own, ...folders.options, flags: { list: 3 } }))
    expect(messages.map((message) => message.replace(/: .*/, '')).toSorted()).toEqual(
      [`${project}:1:7 port`, `${project}:2:6 url`, `${project}:3:1 xtra`, 'list list', 'extra'].toSorted(),
    )
    await folders.write('project/ashlar.config.yaml', 'port: 8080\nextra: x\n')
    const config = await loadConfig({ schema: own, ...folders.options, flags: { list: 'a,b' } })
    expect(config.value.host).toBe('localhost')
    expect(await config.resolveAll()).toEqual({ port: 8080, extra: 'x', host: 'localhost', list: ['a', 'b'] })
  })

  it('with options is an InvalidArgument', async () => {
    await expect(loadConfig({ schema, name: 'My App' })).rejects.toThrow(InvalidArgument)
    const policy = { model: { tighter: 'tighter' } }
    await expect(Reflect.apply(loadConfig, undefined, [{ schema, policy }])).rejects.toThrow(
      /policy\["model"\]/,
    )
  })
})

describe('hostile files', () => {
  it.each([
    ['huge', 'x'.repeat(256 * 1024 + 1), /larger than 262144 bytes/],
    ['no UTF-8', Buffer.from([0x61, 0x3a, 0xff]), /expected UTF-8/],
    ['a list', '- a\n', /:1:1: expected keys and values/],
    ['deep', `a: ${'['.repeat(20_000)}`, /nested too deeply|no valid YAML/],
    ['polluting', '__proto__:\n  polluted: 1\n', /:1:1 __proto__: a key of this name/],
    [
      'polluting below',
      'providers: { __proto__: { polluted: 1 } }\n',
      /providers.__proto__: a key of this name/,
    ],
    ['cyclic', 'agents: &a\n  x: *a\n', /:2:6 agents.x: this alias contains itself/],
    [
      'full of unknown keys',
      Array.from({ length: 20_000 }, (_, index) => `key${index}: 1`).join('\n'),
      /… and 19900 more$/,
    ],
    ['twice', 'model: a\nmodel: b\n', /:2:1 model: this key is there twice/],
  ])('%s', async (_, content, message) => {
    await using folders = await createFolders()
    await folders.write('project/ashlar.config.yaml', content)
    const error: unknown = await loadConfig({ schema, ...folders.options }).catch((thrown: unknown) => thrown)
    expect(ConfigError.isInstance(error) && error.message).toMatch(message)
    expect(Object({})).not.toHaveProperty('polluted')
  })

  it('deep JSON, a folder, a pipe, two at once', async () => {
    await using folders = await createFolders()
    const { options } = folders
    await folders.write('project/ashlar.config.json', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)
    expect((await failure(loadConfig({ schema, ...options }))).join()).toMatch(/nested/)
    await folders.write('project/ashlar.config.yaml', 'model: x')
    expect((await failure(loadConfig({ schema, ...options }))).join()).toMatch(/there is .*yaml as well/)
    await using other = await createFolders()
    await other.write('project/ashlar.config.yaml/x', '')
    expect((await failure(loadConfig({ schema, ...other.options }))).join()).toMatch(/expected a file|EISDIR/)
    await using piped = await createFolders()
    if (spawnSync('mkfifo', [`${piped.project}/ashlar.config.yaml`]).status === 0)
      expect((await failure(loadConfig({ schema, ...piped.options }))).join()).toMatch(/expected a file/)
  })

  it('never shows what is in a file that is no configuration', async () => {
    await using folders = await createFolders()
    const secret = await folders.write('home/secret.txt', 'CANARY: [CANARY\n  CANARY ${CANARY\n')
    await symlink(secret, `${folders.project}/ashlar.config.yaml`)
    expect((await failure(loadConfig({ schema, ...folders.options }))).join()).not.toContain('CANARY')
  })

  it('takes no file from a shared folder above a project that is no repository', async () => {
    await using folders = await createFolders()
    await folders.write('shared/ashlar.config.yaml', 'model: evil')
    await folders.write('shared/mine/x', '')
    const config = await loadConfig({ schema, ...folders.options, cwd: `${folders.root}/shared/mine` })
    expect(config.files).toEqual([])
  })

  it('never throws anything but a ConfigError', async () => {
    await using folders = await createFolders()
    const text = fc.string({
      unit: fc.constantFrom(...'{}[]",:-&*! \n${}ab', 'model', 'limits', '${env:X}', '$${'),
    })
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom('json', 'yaml'), async (content, ending) => {
        const file = await folders.write(`project/ashlar.config.${ending}`, content)
        const error: unknown = await loadConfig({ schema, ...folders.options }).catch(
          (thrown: unknown) => thrown,
        )
        expect(!(error instanceof Error) || ConfigError.isInstance(error)).toBe(true)
        await rm(file)
      }),
      { numRuns: 100 },
    )
  })
})

it('refuses options that it does not know', async () => {
  const load = (options: object): unknown =>
    Reflect.apply(loadConfig, undefined, [{ schema: {}, ...options }])
  await expect(load({ polciy: {} })).rejects.toThrow('polciy: expected one of schema')
  await using folders = await createFolders()
  expect(await load(folders.options)).toMatchObject({ files: [] })
})
