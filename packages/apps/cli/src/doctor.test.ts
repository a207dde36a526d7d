import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isolation } from '@ashlar/safety'
import { createWireServer } from '@ashlar/testing/wire'
import { describe, expect, it } from 'vitest'
import { fakeTerminal } from '../fixtures/terminal.ts'
import { isInstalled } from './installed-package.ts'

describe('ashlar doctor', () => {
  it('ends with 0 where nothing required is broken', async () => {
    const { run, out } = fakeTerminal()
    expect(await run('doctor')).toBe(0)
    expect(out()).toMatch(/✓ Node /)
    expect(out()).toMatch(/· OPENAI_API_KEY is not set\n {4}export OPENAI_API_KEY/)
    expect(out()).toContain('Model: local/offline-rules')
  })
  it('prints neither keys nor the password of a proxy', async () => {
    await using server = await createWireServer({ models: ['llama3'] })
    const { run, out } = fakeTerminal({
      env: {
        OPENAI_API_KEY: 'sk-secret',
        https_proxy: 'http://me:secret@proxy.example:3128',
        NO_PROXY: 'http://me:secret@inner.example,me:secret@box, localhost',
        OLLAMA_HOST: server.url.replace('//', '//me:secret@'),
      },
    })
    expect(await run('doctor')).toBe(0)
    expect(out()).not.toContain('secret')
    expect(out()).toContain('✓ OPENAI_API_KEY is set')
    expect(out()).toContain('✓ HTTPS_PROXY is http://proxy.example:3128')
    expect(out()).toContain('✓ NO_PROXY is http://inner.example,box, localhost')
    expect(out()).toContain(`✓ Ollama at ${server.url} has llama3`)
  })
  it.each(['doctor', 'models list'])(
    '%s hides the password of an Ollama that does not answer',
    async (words) => {
      const { run, out, err } = fakeTerminal({ env: { OLLAMA_HOST: 'http://me:s3cret@127.0.0.1:1' } })
      expect(await run(...words.split(' '))).toBe(0)
      expect(out()).toContain('Ollama does not answer at http://127.0.0.1:1')
      expect(out() + err()).not.toContain('s3cret')
    },
  )
  it('names OLLAMA_HOST when it is no host', async () => {
    const { run, out } = fakeTerminal({ env: { OLLAMA_HOST: 'not a host at all' } })
    expect(await run('doctor')).toBe(1)
    expect(out()).toContain('✗ OLLAMA_HOST is not a host\n')
    const list = fakeTerminal({ env: { OLLAMA_HOST: 'not a host at all' } })
    expect(await list.run('models', 'list')).toBe(0)
    expect(list.out()).toContain('OLLAMA_HOST is not a host')
  })
  it('knows a model file by what it is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ashlar-doctor-'))
    const check = async (path: string): Promise<string> => {
      const { run, out } = fakeTerminal({ env: { ASHLAR_MODEL_FILE: path } })
      await run('doctor')
      return out()
    }
    expect(await check(folder)).toContain(`✗ ASHLAR_MODEL_FILE, ${folder}, is not a file\n`)
    const file = join(folder, 'a.gguf')
    await writeFile(file, 'GG')
    expect(await check(file)).toContain(`✗ ASHLAR_MODEL_FILE, ${file}, is no GGUF file\n`)
    await writeFile(file, 'GGUF…')
    expect(await check(file)).toContain(`✓ ASHLAR_MODEL_FILE is ${file} (`)
    await rm(folder, { recursive: true })
  })
  it('says whether GGUF files can be run', async () => {
    expect([isInstalled('no-such-package-anywhere'), isInstalled('@ashlar/core')]).toEqual([false, true])
    const { run, out } = fakeTerminal()
    await run('doctor')
    expect(out()).toMatch(/[✓·] node-llama-cpp is (not )?installed: GGUF files can/)
  })
  it('ends with 1 where something is broken, with a fix for each', async () => {
    await using server = await createWireServer({ models: [] })
    const { run, out, err } = fakeTerminal({
      cwd: '/nowhere/at/all',
      env: {
        OPENAI_API_KEY: '"sk x"',
        ANTHROPIC_API_KEY: '',
        HTTP_PROXY: 'http://',
        ASHLAR_MODEL_FILE: '/nowhere.gguf',
        OLLAMA_HOST: server.url,
      },
    })
    expect(await run('doctor')).toBe(1)
    expect(out().match(/^✗ .*\n {4}\S/gm)).toHaveLength(5)
    expect(out()).toContain('has no chat model')
    expect(err()).toBe('Error: 5 things are broken, marked ✗ above\n')
  })
  it('says what the configuration is, and what is wrong with it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ashlar-doctor-'))
    const check = async (): Promise<[number, string]> => {
      const { run, out } = fakeTerminal({ cwd: folder, env: { XDG_CONFIG_HOME: folder } })
      return [await run('doctor'), out()]
    }
    expect(await check()).toEqual([0, expect.stringContaining('✓ No configuration\n')])
    const file = join(folder, 'ashlar.config.yaml')
    await writeFile(file, 'model: local/offline\n')
    expect(await check()).toEqual([0, expect.stringContaining(`✓ Configuration: ${file}\n`)])
    await writeFile(file, 'permissions: { commands: [{ pattern: [x], verdict: deny, match: [y] }] }\n')
    const [code, out] = await check()
    expect(code).toBe(1)
    expect(out).toMatch(
      /✗ .*ashlar\.config\.yaml:1:\d+ permissions\.commands\[0\]\.match\[0\]: "y" does not match/,
    )
    await rm(folder, { recursive: true })
  })
  it('says whether processes can be isolated', async () => {
    const without = fakeTerminal({ env: { PATH: '/nowhere' } })
    expect(await without.run('doctor')).toBe(0)
    expect(without.out()).toMatch(/· Processes cannot be isolated: bubblewrap .*\n {4}commands run as you do/)
    const { PATH = '' } = process.env
    const here = fakeTerminal({ env: { PATH } })
    expect(await here.run('doctor')).toBe(0)
    const { kind, reason } = isolation({ path: PATH })
    expect(here.out()).toContain(
      kind === 'none'
        ? `· Processes cannot be isolated: ${reason}`
        : `✓ Processes can be isolated: ${reason}`,
    )
  })
})

describe('ashlar models list', () => {
  it('lists what --model takes', async () => {
    await using server = await createWireServer({ models: ['llama3:latest'] })
    const env = { OLLAMA_HOST: server.url, OPENAI_API_KEY: 'sk-secret', ASHLAR_MODEL_FILE: '/nowhere.gguf' }
    const { run, out } = fakeTerminal({ env })
    expect(await run('models', 'list')).toBe(0)
    expect(out()).toMatch(/^anthropic\/<id> +needs ANTHROPIC_API_KEY$/m)
    expect(out()).toMatch(/^openai\/<id> +OPENAI_API_KEY is set$/m)
    expect(out()).toMatch(/^ollama\/llama3:latest +http/m)
    expect(out()).toMatch(/^\/nowhere\.gguf +cannot be read$/m)
    expect(out()).toMatch(/^local\/offline +always there/m)
    expect(out()).not.toContain('secret')
  })
  it('says when Ollama is silent or empty', async () => {
    await using server = await createWireServer({ models: [] })
    const empty = fakeTerminal({ env: { OLLAMA_HOST: server.url } })
    expect(await empty.run('models', 'list')).toBe(0)
    expect(empty.out()).toContain('Ollama has no chat model')
    const silent = fakeTerminal()
    expect(await silent.run('models', 'list')).toBe(0)
    expect(silent.out()).toContain('Ollama does not answer at http://127.0.0.1:1')
  })
})

describe('ashlar --help and --version', () => {
  it.each([
    [['--help'], /USAGE ashlar run\|chat\|models\|doctor\|[a-z|]*tokens[^]*EXIT CODES/],
    [['run', '--help'], /USAGE ashlar run \[OPTIONS\] \[AGENT\] \[INPUT\][^]*--json/],
    [['models', 'pull', '-h'], /USAGE ashlar models pull \[OPTIONS\] <MODEL>[^]*--sha256/],
    [['--version'], /^\d+\.\d+\.\d+\n$/],
    [['tokens', '--help'], /Usage: ashlar tokens/],
    [['config', '--help'], /Usage: ashlar config <command>/],
  ])('%j', async (words, text) => {
    const { run, out, err } = fakeTerminal()
    expect(await run(...words)).toBe(0)
    expect(out()).toMatch(text)
    expect(err()).toBe('')
    for (const line of out().split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  })
  it('asks which command, with the usage on stderr', async () => {
    const { run, out, err } = fakeTerminal()
    expect(await run()).toBe(2)
    expect(out()).toBe('')
    expect(err()).toMatch(/USAGE[^]*Error: Which command\?\n$/)
  })
  it('passes the exit code of tokens on', async () => {
    expect(await fakeTerminal().run('tokens')).toBe(2)
    const piped = fakeTerminal({ stdin: 'one two' })
    expect(await piped.run('tokens', '-')).toBe(0)
    expect(piped.out()).toBe('2\n')
  })
})
