import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { userText } from '@ashlar/core'
import { createWireServer } from '@ashlar/testing/wire'
import { describe, expect, it } from 'vitest'
import { chooseModel, describeChoice } from './choose-model.ts'
import { CommandError } from './exit-code.ts'
import { findOllama, ollamaAddress } from './find-ollama.ts'

const nobody = { OLLAMA_HOST: '127.0.0.1:1' }

const choice = async (env: Record<string, string>, model?: string): Promise<string> => {
  const chosen = await chooseModel({ env: { ...nobody, ...env }, model })
  return `${chosen.model.provider}/${chosen.model.modelId}: ${chosen.reason}`
}

const modelFile = async (): Promise<{ path: string } & AsyncDisposable> => {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-cli-'))
  const path = join(folder, 'tiny.gguf')
  await writeFile(path, 'GGUF')
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

describe('chooseModel by the environment', () => {
  it('prefers a key, then Ollama, then a file, then the rules', async () => {
    await using server = await createWireServer({ models: ['nomic-embed-text', 'llama3:latest'] })
    await using file = await modelFile()
    const all = {
      ANTHROPIC_API_KEY: 'a',
      OPENAI_API_KEY: 'o',
      OLLAMA_HOST: server.url,
      ASHLAR_MODEL_FILE: file.path,
    }
    expect(await choice(all)).toMatch(/^anthropic\/claude-.*: ANTHROPIC_API_KEY is set$/)
    expect(await choice({ ...all, ANTHROPIC_API_KEY: ' ' })).toMatch(
      /^openai\/gpt-.*: OPENAI_API_KEY is set$/,
    )
    const { ANTHROPIC_API_KEY: _, OPENAI_API_KEY: __, ...keyless } = all
    expect(await choice(keyless)).toBe(`ollama/llama3:latest: Ollama answers at ${server.url}`)
    expect(await choice({ ASHLAR_MODEL_FILE: file.path })).toBe('local/tiny: ASHLAR_MODEL_FILE is set')
    expect(await choice({})).toBe('local/offline-rules: no API key, no Ollama, no ASHLAR_MODEL_FILE')
  })
  it('passes over an Ollama without a chat model', async () => {
    await using server = await createWireServer({ models: ['nomic-embed-text'] })
    expect(await choice({ OLLAMA_HOST: server.url })).toMatch(/no chat model in Ollama/)
  })
  it('does not fall back from a file that cannot be read', async () => {
    await expect(choice({ ASHLAR_MODEL_FILE: '/nowhere.gguf' })).rejects.toThrow(/cannot be read/)
  })
  it('does not fall back from what is no model file, no host and no URL', async () => {
    await expect(choice({ ASHLAR_MODEL_FILE: import.meta.dirname })).rejects.toThrow(/is not a file/)
    await expect(choice({ ASHLAR_MODEL_FILE: import.meta.filename })).rejects.toThrow(/is no GGUF file/)
    await expect(choice({ OLLAMA_HOST: 'not a host at all' })).rejects.toThrow(/^OLLAMA_HOST is not a host/)
    for (const [key, name] of [
      ['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL'],
      ['OPENAI_API_KEY', 'OPENAI_BASE_URL'],
    ] as const)
      await expect(choice({ [key]: 'k', [name]: 'garbage' })).rejects.toThrow(`${name} is not a URL`)
  })
  it('names the rules for what they are', async () => {
    expect(describeChoice(await chooseModel({ env: nobody }))).toMatch(
      /^Model: .*rule-based, not a language model/,
    )
  })
})

describe('chooseModel by name', () => {
  it('takes each spelling', async () => {
    await using server = await createWireServer({ models: ['llama3:latest', 'qwen3:8b'] })
    await using file = await modelFile()
    const env = { ANTHROPIC_API_KEY: 'a', OPENAI_API_KEY: 'o', OLLAMA_HOST: server.url }
    const named = async (model: string) => choice(env, model)
    expect(await named('openai/gpt-x')).toBe('openai/gpt-x: as asked')
    expect(await named('anthropic/claude-x')).toBe('anthropic/claude-x: as asked')
    expect(await named('ollama/llama3')).toBe('ollama/llama3:latest: as asked')
    expect(await named('ollama/qwen3:8b')).toBe('ollama/qwen3:8b: as asked')
    expect(await named('local/offline')).toBe('local/offline-rules: as asked')
    expect(await named(file.path)).toBe('local/tiny: as asked')
    await expect(named('ollama/none')).rejects.toThrow(/no model "none" \(it has llama3:latest, qwen3:8b\)/)
  })
  it('takes Anthropic by its token, and OpenAI elsewhere without a key', async () => {
    expect(await choice({ ANTHROPIC_AUTH_TOKEN: 't' }, 'anthropic/claude-x')).toMatch(/^anthropic/)
    expect(await choice({ OPENAI_BASE_URL: 'http://127.0.0.1:2/v1' }, 'openai/any')).toMatch(/any: as asked$/)
    await expect(choice({}, 'anthropic/claude-x')).rejects.toThrow(/set ANTHROPIC_API_KEY/)
  })
  it.each(['', 'gpt-x', 'openai/', 'mistral/large'])('refuses %j', async (model) => {
    const error: unknown = await choice({}, model).catch((thrown: unknown) => thrown)
    expect(CommandError.isInstance(error) && error.exitCode).toBe(2)
  })
})

describe('findOllama', () => {
  it.each([
    [undefined, 'http://127.0.0.1:11434'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['box', 'http://box:11434'],
    ['box:80', 'http://box'],
    ['https://box:8443/', 'https://box:8443'],
    ['http://me:12345@box', 'http://box:11434'],
    ['me:s3cret@box:8080/', 'http://box:8080'],
  ])('OLLAMA_HOST %j is %s', (host, url) => {
    expect(ollamaAddress({ OLLAMA_HOST: host }).url).toBe(url)
  })
  it('refuses what is no host, and does not repeat it', () => {
    const ask = (): unknown => ollamaAddress({ OLLAMA_HOST: 's3cret is no host' })
    expect(ask).toThrow(/^OLLAMA_HOST is not a host/)
    expect(ask).not.toThrow(/s3cret/)
  })
  it('says who it is in a header, to the list and to the model', async () => {
    await using server = await createWireServer({ models: ['llama3'], answers: ['Hello'] })
    const { host } = new URL(server.url)
    const env = { OLLAMA_HOST: `http://me:s3%20cret@${host}` }
    expect(await choice(env)).toBe(`ollama/llama3: Ollama answers at ${server.url}`)
    const { model } = await chooseModel({ env })
    for await (const _ of model.stream({ messages: [userText('Hi')] }));
    const authorization = `Basic ${Buffer.from('me:s3 cret').toString('base64')}`
    expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set([authorization]),
    )
    expect(server.requests.at(-1)?.endpoint).toBe('generate')
  })
  it('does not take another server for Ollama, nor wait for one that hangs', async () => {
    await using hanging = await createWireServer({
      answers: () => ({ endpoint: 'models', fault: { stop: 'hang', at: 'request' } }),
    })
    expect(await findOllama({ OLLAMA_HOST: hanging.url }, { timeoutMs: 50 })).toBeUndefined()
    await using failing = await createWireServer({
      answers: () => ({ endpoint: 'models', fault: { status: 404 } }),
    })
    expect(await findOllama({ OLLAMA_HOST: failing.url })).toBeUndefined()
  })
})
