import { AshlarError, InvalidArgument } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { createWireServer } from '@ashlar/testing/wire'
import { describe, expect, it } from 'vitest'
import { hello, see } from './fixture-calls.ts'
import { createModels } from './registry.ts'

const scripted = (modelId: string) => scriptedModel(() => `I am ${modelId}`, { modelId })
const packaged = { package: '@ashlar/openai', export: 'openai' }

describe('createModels', () => {
  it('finds a model by provider and id, synonym, alias and default', async () => {
    const models = createModels({
      providers: { test: scripted },
      aliases: { fast: 'test/small', quick: 'fast', work: 'test', 'test/old': 'test/new' },
      defaults: { test: 'standard' },
    })
    const ids = ['test/a/b:c', 'fast', 'quick', 'work/x', 'TEST/x', 'test', 'work', 'test/old'].map(
      (id) => models.get(id).modelId,
    )
    expect(ids).toEqual(['a/b:c', 'small', 'small', 'x', 'x', 'standard', 'standard', 'new'])
    expect(models.get('claude/claude-x')).toMatchObject({ provider: 'anthropic', modelId: 'claude-x' })
    expect(models.get('google/gemini-x')).toMatchObject({ provider: 'gemini', modelId: 'gemini-x' })
    expect(models.get('fast')).toBe(models.get('test/small'))
    expect(models.get('openai/gpt-x')).toBe(models.get('gpt/gpt-x'))
    expect(await models.load('fast')).toBe(models.get('fast'))
  })

  it('lists the choices for a provider nobody knows', () => {
    const models = createModels({ providers: { test: scripted }, aliases: { fast: 'test/small' } })
    expect(() => models.get('opnai/gpt-x')).toThrow(
      /^id: expected 'provider\/model' with one of the providers anthropic, .*openai, .*test, .*or one of the aliases fast, received "opnai\/gpt-x"$/,
    )
    expect(() => models.get('gpt-x')).toThrow(InvalidArgument)
    expect(() => models.get('openai')).toThrow(
      /^id: expected 'openai\/' and a model, or a default for openai/,
    )
    expect(() => models.get('openai/')).toThrow(InvalidArgument)
    expect(() => models.get(' ')).toThrow(InvalidArgument)
    expect(models.providers).toContain('openrouter')
  })

  it('loads a package once, when it is first needed, and says how to install one that is missing', async () => {
    const models = createModels({
      providers: {
        lazy: packaged,
        gone: { package: '@ashlar/not-there', export: 'x' },
        old: { package: '@ashlar/testing', export: 'notThere' },
      },
    })
    const [a, b] = await Promise.all([models.load('lazy/a'), models.load('lazy/a')])
    expect(a).toBe(b)
    for (const ask of [() => models.load('gone/x'), () => models.load('gone/x')])
      await expect(ask()).rejects.toThrow('@ashlar/not-there is not installed: npm install @ashlar/not-there')
    const { error } = await see(models.get('gone/x').stream(hello))
    expect(AshlarError.isInstance(error) && error.code).toBe('missing-package')
    await expect(models.load('old/x')).rejects.toThrow('@ashlar/testing has no notThere()')
    const aborted = { ...hello, signal: AbortSignal.abort(new Error('enough')) }
    expect((await see(models.get('gone/x').stream(aborted))).error).toEqual(new Error('enough'))
  })

  it('asks a provider of another package over the wire', async () => {
    await using server = await createWireServer({ answers: ['Hello.'] })
    const options = { baseURL: `${server.url}/v1`, apiKey: 'test', providerName: 'mine' }
    const models = createModels({
      providers: { mine: { package: '@ashlar/openai', export: 'openai', options } },
    })
    const { text, finish } = await see(models.get('mine/some-model').stream(hello))
    expect([text, finish?.response.provider]).toEqual(['Hello.', 'mine'])
  })

  it('makes every model of the known providers without asking anybody', async () => {
    const models = createModels()
    for (const provider of [
      'anthropic',
      'openai',
      'ollama',
      'gemini',
      'openrouter',
      'groq',
      'deepseek',
      'mistral',
      'xai',
      'together',
      'fireworks',
      'cerebras',
      'lmstudio',
      'vllm',
      'offline',
    ])
      expect(await models.load(`${provider}/some-model`)).toHaveProperty('stream')
  })

  it('lists what is known of the models', async () => {
    const models = createModels()
    const list = await models.list({ provider: 'claude' })
    expect(list.length).toBeGreaterThan(5)
    for (const { provider } of list) expect(provider).toBe('anthropic')
    expect(
      list.some(({ contextWindow, prices }) => contextWindow !== undefined && prices !== undefined),
    ).toBe(true)
    // Of every known vendor that has its own models: windows, prices and what they read.
    for (const provider of ['anthropic', 'openai', 'gemini', 'mistral', 'xai', 'deepseek']) {
      const known = await models.list({ provider })
      expect({ provider, windows: known.some(({ contextWindow }) => contextWindow) }).toEqual({
        provider,
        windows: true,
      })
      expect({ provider, prices: known.some(({ prices }) => prices?.length) }).toEqual({
        provider,
        prices: true,
      })
    }
    expect((await models.list({ provider: 'openai' })).some(({ input }) => input?.image)).toBe(true)
    const fact = { id: 'test/a', provider: 'test', modelId: 'a', aliases: [], sources: {}, contextWindow: 8 }
    const own = createModels({
      providers: { test: scripted },
      catalog: { list: ({ provider } = {}) => (provider === 'test' ? [fact] : []) },
    })
    expect(await own.list()).toEqual([fact])
    await expect(models.list({ provider: 'nobody' })).rejects.toThrow(InvalidArgument)
  })

  it('refuses bad options, naming them', () => {
    const bad = (options: string) => () => createModels(JSON.parse(options))
    expect(bad('{"providers":{"a/b":{}}}')).toThrow(
      /^providers: expected names in lower case without a slash, received "a\/b"/,
    )
    expect(bad('{"providers":{"a":{}}}')).toThrow(/^providers\.a: expected a function/)
    expect(bad('{"aliases":{"a":"b","b":"a"}}')).toThrow(
      /^aliases\.a: expected an alias that does not lead back/,
    )
    expect(bad('{"aliases":{"a":""}}')).toThrow(/^aliases\.a/)
    expect(() => createModels({ providers: { x: scripted }, aliases: { x: 'openai/y' } })).toThrow(
      /^aliases\.x: expected a name that no provider has/,
    )
    expect(bad('{"defaults":{"openai":3}}')).toThrow(/^defaults\.openai/)
    expect(bad('{"models":[]}')).toThrow(/^models: expected no option of this name/)
  })
})
