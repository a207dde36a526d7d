import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fakeTerminal } from '../fixtures/terminal.ts'

const weights = Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(3_000_000, 7)])
const sha256 = createHash('sha256').update(weights).digest('hex')

let folder: string
let url: string
let asked: { path: string; authorization: string | undefined }[]
const server = createServer((request, response) => {
  asked.push({ path: request.url ?? '', authorization: request.headers.authorization })
  if (request.url?.includes('missing')) return void response.writeHead(404).end('no such file')
  response.writeHead(200, { 'content-length': weights.length, etag: '"one"' })
  if (!request.url?.includes('slow')) return void response.end(weights)
  response.write(weights.subarray(0, 1_000))
})

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ashlar-pull-'))
  asked = []
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port }: Pick<AddressInfo, 'port'> = Object(server.address())
  url = `http://127.0.0.1:${port}`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

describe('ashlar models pull', () => {
  it('fetches a file into the cache, prints its path, and lists it', async () => {
    const env = { XDG_CACHE_HOME: folder }
    const { run, out, err } = fakeTerminal({ env })
    expect(await run('models', 'pull', `${url}/tiny.gguf`)).toBe(0)
    const file = join(folder, 'ashlar/models/tiny.gguf')
    expect(out()).toBe(`${file}\n`)
    expect(await readFile(file)).toEqual(weights)
    expect(err()).toMatch(/^Fetching tiny\.gguf\n[^]* 100 % of 3\.0 MB\nFetched 3\.0 MB, SHA-256 /)
    expect(err()).toContain(`export ASHLAR_MODEL_FILE=${file}`)
    const list = fakeTerminal({ env })
    await list.run('models', 'list')
    expect(list.out()).toContain(file)
  })
  it('takes hf: names, a token for the hub alone, and does not fetch twice', async () => {
    const words = ['models', 'pull', 'hf:some/repo/sub/tiny.gguf', '--to', 'here', '--sha256', sha256]
    const options = { cwd: folder, env: { HF_ENDPOINT: url, HF_TOKEN: 'hf_secret' } }
    const first = fakeTerminal(options)
    expect(await first.run(...words)).toBe(0)
    expect(asked).toEqual([
      { path: '/some/repo/resolve/main/sub/tiny.gguf', authorization: 'Bearer hf_secret' },
    ])
    const second = fakeTerminal(options)
    expect(await second.run(...words)).toBe(0)
    expect(second.err()).toContain('There already:')
    expect(asked).toHaveLength(1)
    const elsewhere = fakeTerminal({ cwd: folder, env: { HF_TOKEN: 'hf_secret' } })
    expect(await elsewhere.run('models', 'pull', `${url}/tiny.gguf`, '--to', 'other.gguf')).toBe(0)
    expect(asked[1]?.authorization).toBeUndefined()
  })
  it.each([
    ['tiny', [], 2, /Unknown model "tiny": expected a URL or hf:/],
    ['URL/model', [], 2, /does not end in \.gguf: say with --to/],
    ['URL/tiny.gguf', ['--sha256', 'abc'], 2, /64 hexadecimal digits/],
    ['URL/missing.gguf', [], 1, /answered 404: no such file/],
    ['URL/tiny.gguf', ['--sha256', '0'.repeat(64)], 1, /expected SHA-256 0+, received/],
  ])('refuses %s %j in one line and keeps nothing', async (source, more, code, message) => {
    const { run, out, err } = fakeTerminal({ env: { XDG_CACHE_HOME: folder } })
    expect(await run('models', 'pull', source.replace('URL', url), ...more)).toBe(code)
    expect(out()).toBe('')
    expect(err()).toMatch(message)
    const left = await readdir(folder, { recursive: true, withFileTypes: true })
    expect(left.filter((entry) => entry.isFile())).toEqual([])
  })
  it('ends with 130 when interrupted, without the file', async () => {
    const screen = fakeTerminal({ isScreen: true, cwd: folder })
    const ended = screen.run('models', 'pull', `${url}/slow.gguf`, '--to', '.')
    await screen.shows('0 % of 3.0 MB')
    screen.interrupt()
    expect(await ended).toBe(130)
    expect(screen.err()).toContain('Interrupted; the same command goes on from here')
    expect(await readdir(folder)).not.toContain('slow.gguf')
  })
})
