import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWireServer } from '@ashlar/testing/wire'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-processor-'))
})
afterEach(() => rm(folder, { recursive: true }))

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly onOutput?: (text: string, child: ChildProcess) => void
}

const processFiles = (words: readonly string[], { env = {}, onOutput }: RunOptions = {}) =>
  new Promise<{ code: number | null; out: string; err: string }>((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...words], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', OLLAMA_HOST: '127.0.0.1:1', ...env },
      timeout: 15_000,
    })
    const text = { out: '', err: '' }
    child.stdout.on('data', (chunk: Buffer) => {
      text.out += String(chunk)
      onOutput?.(text.out, child)
    })
    child.stderr.on('data', (chunk: Buffer) => (text.err += String(chunk)))
    child.once('error', reject).once('close', (code) => resolve({ code, ...text }))
  })

const write = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const texts = join(folder, 'texts')
  await mkdir(texts)
  for (const [name, text] of Object.entries(files)) await writeFile(join(texts, name), text)
  return texts
}

const sea = '# The sea\n\nThe sea is blue and deep. Ships cross the sea. Nobody owns the sea.\n'
const moon = 'The moon is white. The moon has craters. Everybody can see the moon at night.\n'

describe('file-processor', () => {
  it('prints its usage on stdout when asked, and on stderr when it is used wrongly', async () => {
    const usage = expect.stringMatching(/^(Error: )?Usage: main\.ts \[folder\][^\n]*\n$/)
    expect(await processFiles(['--help'])).toEqual({ code: 0, out: usage, err: '' })
    expect(await processFiles(['a', 'b'])).toEqual({ code: 2, out: '', err: usage })
  })
  it('reads every file of a folder and writes a report', async () => {
    const texts = await write({ 'sea.md': sea, 'moon.txt': moon, 'picture.png': 'not a text' })
    const { code, out, err } = await processFiles([texts])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^Model: local\/offline-rules \(rule-based, not a language model/)
    expect(out).toMatch(/\[1\/2\] moon\.txt\n {2}readFile → \d+ characters/)
    expect(out).toMatch(/\[2\/2\] sea\.md\n/)
    const report = join(folder, 'reports/texts.md')
    expect(out).toMatch(/\nReport: .*reports\/texts\.md/)
    const text = await readFile(report, 'utf8')
    expect(text).toMatch(/^# 2 files of texts\n\nModel: local\/offline-rules \(rule-based/)
    expect(text).toMatch(/^\| sea\.md \| The sea \| .*sea/m)
    expect(text).toMatch(/^## moon\.txt: /m)
    expect(text).toContain('The sea is blue and deep.')
  })
  it('takes the pages of the project by default', async () => {
    const { code, out } = await processFiles(['--out', 'own.md'])
    expect(code).toBe(0)
    expect(out).toMatch(/\] README\.md\n/)
    expect(await readFile(join(folder, 'own.md'), 'utf8')).toMatch(/^## README\.md: Ashlar$/m)
  })
  it('says why a file was not analysed, and goes on', async () => {
    const texts = await write({ 'a.txt': moon, 'b.txt': sea })
    const right = JSON.stringify({ title: 'The sea', summary: 'It is blue.', keywords: ['sea'] })
    await using server = await createWireServer({ answers: ['no', 'still no', 'never', right] })
    const env = { OPENAI_API_KEY: 'sk-x', OPENAI_BASE_URL: `${server.url}/v1` }
    const { code } = await processFiles([texts], { env })
    expect(code).toBe(0)
    const text = await readFile(join(folder, 'reports/texts.md'), 'utf8')
    expect(text).toMatch(/^\| a\.txt \| not analysed \|/m)
    expect(text).toMatch(/^## b\.txt: The sea$/m)
  })
  it.each([
    ['a folder that is not there', ['nowhere'], /^Error: root: expected a folder/],
    ['a folder without texts', ['.'], /^Error: There are no text files in /],
    ['an unknown option', ['--foo'], /^Error: Unknown option '--foo'/],
    ['two folders', ['a', 'b'], /^Error: Usage: /],
    ['an unknown model', ['--model', 'foo/bar'], /^Error: Unknown model "foo\/bar"/],
  ])('refuses %s in one line and writes nothing', async (_, words, message) => {
    const { code, err } = await processFiles(words)
    expect(code).toBe(2)
    expect(err).toMatch(message)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
    expect(await readdir(folder)).toEqual([])
  })
  it('writes no report when the key is wrong', async () => {
    const texts = await write({ 'sea.md': sea })
    await using server = await createWireServer({ answers: [{ fault: { status: 401 } }] })
    const env = { ANTHROPIC_API_KEY: 'sk-wrong', ANTHROPIC_BASE_URL: server.url }
    const { code, err } = await processFiles([texts], { env })
    expect(code).toBe(1)
    expect(err).toMatch(/^Error: anthropic\/\S+: 401 auth: [^\n]*; check ANTHROPIC_API_KEY\n$/)
    expect(await readdir(folder)).toEqual(['texts'])
  })
  it('leaves no half report when it is interrupted', async () => {
    const texts = await write({ 'sea.md': sea })
    await using server = await createWireServer({ answers: [{ fault: { stop: 'hang', at: 'headers' } }] })
    const env = { OPENAI_API_KEY: 'sk-x', OPENAI_BASE_URL: `${server.url}/v1` }
    const running = processFiles([texts], {
      env,
      onOutput: (text, child) => {
        if (text.includes('[1/1]'))
          void server.until(({ requests }) => requests.length === 1).then(() => child.kill('SIGINT'))
      },
    })
    const { code, err } = await running
    expect(code).toBe(130)
    expect(err).toContain('Interrupted: no report was written')
    expect(await readdir(folder)).toEqual(['texts'])
  })
})
