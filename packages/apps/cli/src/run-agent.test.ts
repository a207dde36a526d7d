import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isObject } from '@ashlar/core'
import { createWireServer } from '@ashlar/testing/wire'
import { describe, expect, it } from 'vitest'
import { fakeTerminal } from '../fixtures/terminal.ts'

describe('ashlar run in a pipe', () => {
  it('gives stdout the answer alone and stderr the rest', async () => {
    const { run, out, err } = fakeTerminal()
    expect(await run('run', 'open', 'Summarise:', 'The sea is blue. The sea is deep and wide and old.')).toBe(
      0,
    )
    expect(out()).toMatch(/^\[offline rules, not a language model\] .*sea/)
    expect(out()).toMatch(/[^\n]\n$/)
    expect(err()).toMatch(/^Model: local\/offline-rules \(rule-based, not a language model; no API key/)
    expect(err()).toMatch(/1 step · .* tokens in · \d+ out \(estimated\) · \d+\.\d s\n$/)
  })
  it('reads the input from stdin', async () => {
    const { run, out } = fakeTerminal({
      stdin: 'Summarise: The moon is round. The moon is white and far away.',
    })
    expect(await run('run', 'agents/open.agent.ts')).toBe(0)
    expect(out()).toContain('moon')
  })
  it('leaves a run with pending calls at exit code 3 and lists them', async () => {
    const { run, out, err } = fakeTerminal()
    expect(await run('run', 'booking', 'go')).toBe(3)
    expect(out()).toBe('')
    expect(err()).toMatch(/→ lookUp city: Oslo\n/)
    expect(err()).toMatch(/✓ lookUp city: Oslo \d+ ms\n/)
    expect(err()).toMatch(/✗ fail \d+ ms\n +no luck today\n/)
    expect(err()).toContain('⏸ book city: Oslo waits for an approval')
    expect(err()).toMatch(
      /Paused: 1 call waits for an approval; --yes approves\n {2}book city: Oslo \(call_3\)\n$/,
    )
  })
  it('approves with --yes', async () => {
    const { run, out, err } = fakeTerminal()
    expect(await run('run', 'booking', 'go', '--yes')).toBe(0)
    expect(out()).toMatch(/booked Oslo.*\n$/)
    expect(err()).toContain('3 steps · 1,220 tokens in (1,000 cached) · 15 out')
  })
  it('cannot approve what only the caller can answer', async () => {
    const { run, err } = fakeTerminal()
    expect(await run('run', 'asking', 'go', '--yes')).toBe(3)
    expect(err()).toContain('askPerson')
  })
  it('says when the answer is cut off', async () => {
    const { run, out, err } = fakeTerminal()
    expect(await run('run', 'cut', 'go')).toBe(1)
    expect(out()).toBe('Half an ans\n')
    expect(err()).toMatch(/Error: The answer was cut off/)
  })
  it('says when the answer is empty', async () => {
    const { run, out, err } = fakeTerminal()
    expect(await run('run', 'silent', 'go')).toBe(0)
    expect([out(), err()]).toEqual(['', expect.stringContaining('The answer is empty\n')])
    const spoken = fakeTerminal()
    await spoken.run('run', 'open', 'go')
    expect(spoken.err()).not.toContain('empty')
  })
  it('ends with 130 when interrupted', async () => {
    const { run, err, interrupt, shows } = fakeTerminal()
    const ended = run('run', 'endless', 'go', '--json')
    await shows('text-delta')
    interrupt()
    expect(await ended).toBe(130)
    expect(err()).toMatch(/^Interrupted after [\d,]+ tokens? in/m)
  })
})

describe('ashlar run --json', () => {
  it('prints every event as a line of JSON and nothing else', async () => {
    const { run, out, err } = fakeTerminal()
    expect(await run('run', 'booking', 'go', '--json', '--yes')).toBe(0)
    const events: unknown[] = out()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const types = events.map((event) => isObject(event) && event['type'])
    expect(types[0]).toBe('run-start')
    expect(types).toEqual(
      expect.arrayContaining(['text-delta', 'message', 'step-end', 'tool-start', 'tool-end']),
    )
    expect(types.filter((type) => type === 'run-end')).toHaveLength(2)
    expect(events.at(-1)).toMatchObject({ type: 'run-end', result: { reason: 'done', steps: 3 } })
    expect(err()).toMatch(/^Model: .*\n$/)
  })
  const lastLine = (text: string): unknown => JSON.parse(text.trimEnd().split('\n').at(-1) ?? '')
  it('never asks: pending calls end it with 3', async () => {
    const { run, out } = fakeTerminal({ isScreen: true })
    expect(await run('run', 'booking', 'go', '--json')).toBe(3)
    expect(lastLine(out())).toMatchObject({ type: 'run-end', result: { reason: 'paused' } })
  })
  it.each([
    [['open', 'hi', '--model', 'foo/bar'], 2, 'command-usage', /^Unknown model "foo\/bar"/],
    [['nobody', 'hi'], 2, 'command-usage', /^There is no agent named "nobody"/],
    [['open', 'hi', '--foo'], 2, 'command-usage', /^Unknown option --foo/],
    [[], 2, 'command-usage', /AGENT/],
    [['cut', 'go'], 1, 'command-failed', /^The answer was cut off/],
  ])('%j ends with an error on stdout too', async (words, exitCode, code, message) => {
    const { run, out, err } = fakeTerminal()
    expect(await run('run', ...words, '--json')).toBe(exitCode)
    expect(lastLine(out())).toEqual({ type: 'error', code, message: expect.stringMatching(message) })
    expect(err()).toMatch(/^Error: /m)
    const plain = fakeTerminal()
    await plain.run('run', ...words, '--', '--json')
    expect(plain.out()).not.toContain('"type":"error"')
  })
  it('ends with what the provider refused', async () => {
    await using server = await createWireServer({ answers: [{ fault: { status: 401 } }] })
    const { run, out } = fakeTerminal({
      env: { OPENAI_API_KEY: 'sk-secret-secret', OPENAI_BASE_URL: `${server.url}/v1` },
    })
    expect(await run('run', 'open', 'hi', '--json', '--model', 'openai/gpt-x')).toBe(1)
    expect(lastLine(out())).toMatchObject({ type: 'error', code: 'auth', message: expect.any(String) })
  })
})

describe('ashlar run on a screen', () => {
  it('streams the text, shows calls, and asks before the pending one', async () => {
    const screen = fakeTerminal({ isScreen: true })
    const ended = screen.run('run', 'booking', 'go')
    await screen.shows('Run it?')
    screen.type('y')
    expect(await ended).toBe(0)
    expect(screen.out()).toMatch(/^Let me look\. \nShall I book\?\nDone: .*booked Oslo/)
    expect(screen.err()).toContain('thinking')
  })
  it.each([
    ['n', 'no reason given'],
    ['no, too far', 'too far'],
    ['rather not', 'rather not'],
  ])('denies at %j', async (answer, reason) => {
    const screen = fakeTerminal({ isScreen: true })
    const ended = screen.run('run', 'booking', 'go')
    await screen.shows('Run it?')
    screen.type(answer)
    expect(await ended).toBe(0)
    expect(screen.out()).toContain(`The user denied this call: ${reason}`)
  })
  it('masks what is secret in a reason', async () => {
    const screen = fakeTerminal({ isScreen: true, env: { SERVICE_TOKEN: 'zebra-471100' } })
    const ended = screen.run('run', 'booking', 'go')
    await screen.shows('Run it?')
    screen.type('no, use ghp_0123456789abcdefghijABCD or zebra-471100 at ann@example.org')
    expect(await ended).toBe(0)
    expect(screen.out()).toContain(
      'denied this call: use [redacted:api-key] or [redacted:env] at ann@example.org',
    )
    expect(screen.out()).not.toContain('zebra-471100')
  })
  it('ends with 130 at Ctrl-C instead of an answer', async () => {
    const screen = fakeTerminal({ isScreen: true })
    const ended = screen.run('run', 'booking', 'go')
    await screen.shows('Run it?')
    screen.pressCtrlC()
    expect(await ended).toBe(130)
  })
  it('shows nothing that a terminal would obey', async () => {
    const screen = fakeTerminal({ isScreen: true })
    expect(await screen.run('run', 'booking', 'go', '--yes')).toBe(0)
    expect(screen.out()).toContain('Done: [2J[{')
    expect(screen.out()).not.toContain('\u0007')
    expect(screen.out()).not.toContain('\u001B')
  })
})

describe('ashlar run --tools', () => {
  const asked = async (folder: string, ...words: string[]) => {
    const { run, out, err } = fakeTerminal({ cwd: folder })
    return { code: await run('run', ...words), out: out(), err: err() }
  }
  it('gives the model tools on the folder, and nothing outside it', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'ashlar-cli-'))
    const folder = join(parent, 'work')
    await mkdir(folder)
    await writeFile(join(folder, 'sea.txt'), 'The sea is blue and deep. Ships cross the sea all day.')
    await writeFile(join(parent, 'moon.txt'), 'The moon is white and round. The moon is far away.')
    const read = await asked(folder, '--tools', 'readFile,listDirectory', 'Read the file "sea.txt"')
    expect([read.code, read.err]).toEqual([0, expect.stringMatching(/✓ readFile path: sea\.txt/)])
    expect(read.out).toContain('Ships')
    const outside = await asked(folder, '--tools=readFile', 'Read the file "../moon.txt"')
    expect(outside.err).toMatch(/✗ readFile path: \.\.\/moon\.txt/)
    expect(outside.out + outside.err).not.toContain('round')
    const without = await asked(folder, '--tools', 'listDirectory', 'Read the file "sea.txt"')
    expect(without.err).not.toContain('readFile')
    await rm(parent, { recursive: true })
  })
})

describe('ashlar run with bad input', () => {
  const cases: [string, string[], RegExp][] = [
    ['no agent', ['run'], /Missing required positional argument: AGENT/],
    ['no such file', ['run', './nowhere.ts', 'hi'], /no file \.\/nowhere\.ts/],
    ['no such name', ['run', 'nobody', 'hi'], /no agent named "nobody" \(\.\/agents has asking, booking, /],
    [
      'another kind of file',
      ['run', '../package.json', 'hi'],
      /no agent file: expected one that ends in \.ts/,
    ],
    ['a file without an agent', ['run', 'no-agent.ts', 'hi'], /has no agent: export default createAgent/],
    ['a file that throws', ['run', 'throws.ts', 'hi'], /throws\.ts cannot be loaded: this file$/m],
    ['a factory of nothing', ['run', 'makes-nothing.ts', 'hi'], /returned no agent/],
    ['a factory that throws', ['run', 'cannot-make.ts', 'hi'], /cannot be made: no database/],
    [
      'an unknown provider',
      ['run', 'open', 'hi', '--model', 'foo/bar'],
      /Unknown model "foo\/bar": expected openai/,
    ],
    ['no key', ['run', 'open', 'hi', '--model', 'openai/gpt-x'], /needs a key: set OPENAI_API_KEY/],
    [
      'no Ollama',
      ['run', 'open', 'hi', '--model=ollama/llama3'],
      /Ollama does not answer at http:\/\/127\.0\.0\.1:1/,
    ],
    ['no model file', ['run', 'open', 'hi', '--model', 'none.gguf'], /none\.gguf cannot be read/],
    [
      'a model for an agent that has one',
      ['run', 'endless', 'hi', '--model', 'local/offline'],
      /brings its own model/,
    ],
    ['an unknown option', ['run', 'open', 'hi', '--foo'], /Unknown option --foo/],
    ['an option without its value', ['run', 'open', 'hi', '--model'], /--model needs a value/],
    ['no input', ['run', 'open'], /The input on stdin is empty/],
    ['an empty input', ['run', 'open', ' '], /There is no input/],
    ['an unknown command', ['walk'], /Unknown command "walk"; see ashlar --help/],
    ['an unknown command of models', ['models', 'eat'], /Unknown command "eat"; see ashlar models --help/],
    ['a tool there is not', ['run', '--tools', 'fly', 'hi'], /--tools: there is no tool "fly", but readFile/],
    ['tools for a file', ['run', 'no-agent.ts', 'hi', '--tools', 'grep'], /no-agent\.ts brings its own/],
    ['tools without a name', ['run', 'hi', '--tools'], /--tools needs a value/],
    ['a slip', ['rnu', 'open', 'hi'], /Unknown command "rnu", did you mean run\?; see/],
    ['a slip in models', ['models', 'lst'], /Unknown command "lst", did you mean list\?; see ashlar models/],
    ['arguments that doctor does not take', ['doctor', 'extra'], /Unexpected argument "extra"/],
    ['arguments that models list does not take', ['models', 'list', 'all'], /Unexpected argument "all"/],
    ['arguments that chat does not take', ['chat', 'open', 'hello'], /Unexpected argument "hello"/],
  ]
  it.each(cases)('%s: one line, exit code 2', async (_, words, message) => {
    const { run, out, err } = fakeTerminal()
    expect(await run(...words)).toBe(2)
    expect(out()).toBe('')
    const lines = err()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('Model: '))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^Error: /)
    expect(err()).toMatch(message)
    expect(err()).not.toMatch(/^ +at /m)
  })
  it('a file that does not parse, and none written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ashlar-cli-'))
    await writeFile(join(folder, 'odd.mjs'), 'export default ((')
    const { run, err } = fakeTerminal({ cwd: folder })
    expect(await run('run', 'odd.mjs', 'hi')).toBe(2)
    expect(err()).toMatch(/^Error: odd\.mjs cannot be loaded: [^\n]+\n$/)
    expect(await readdir(folder)).toEqual(['odd.mjs'])
    await rm(folder, { recursive: true })
  })
  it('a folder without agents', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ashlar-cli-'))
    const { run, err } = fakeTerminal({ cwd: folder })
    expect(await run('run', 'nobody', 'hi')).toBe(2)
    expect(err()).toContain('there is no ./agents/*.agent.ts')
    await rm(folder, { recursive: true })
  })
})

describe('ashlar run against a server that refuses', () => {
  it.each([
    [{ status: 401 }, /^Error: openai\/gpt-x: 401 auth: [^\n]*; check OPENAI_API_KEY$/m],
    [
      { status: 429, headers: { 'retry-after': '7' } },
      /^Error: openai\/gpt-x: 429 rate-limit: [^\n]*; try again in 7 s$/m,
    ],
    [{ status: 404 }, /^Error: openai\/gpt-x: 404 [^\n]*does not exist[^\n]*; see ashlar models list$/m],
    [{ status: 404, body: 'Not Found' }, /^Error: openai\/gpt-x: 404 (?![^\n]*models list)/m],
    [{ status: 503 }, /; try again later$/m],
  ])('%j: one line, exit code 1, without the key', async (fault, message) => {
    await using server = await createWireServer({ answers: [{ fault }] })
    const { run, out, err } = fakeTerminal({
      env: { OPENAI_API_KEY: 'sk-secret-secret', OPENAI_BASE_URL: `${server.url}/v1` },
    })
    expect(await run('run', 'open', 'hi', '--model', 'openai/gpt-x')).toBe(1)
    expect(out()).toBe('')
    expect(err()).toMatch(message)
    expect(err()).not.toMatch(/secret|^ +at /m)
    expect(err().trimEnd().split('\n')).toHaveLength(2)
  })
})
