import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PullProgress } from './download.ts'
import { pullModel, type PullModelOptions } from './pull-model.ts'

const model = Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(300_000, 'weights ')])
const sha256 = createHash('sha256').update(model).digest('hex')

type Answer = (request: IncomingMessage, response: ServerResponse) => void

let folder: string
let file: string
let server: Server
let url: string
let seen: IncomingMessage[]
let answers: Answer[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-pull-'))
  file = join(folder, 'models/tiny.gguf')
  seen = []
  answers = []
  server = createServer((request, response) => {
    seen.push(request)
    const answer = answers.shift() ?? whole()
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/tiny.gguf`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

/** Serves the file as static servers do: whole, or from where a range begins when the version is the same. */
const whole =
  (options: { body?: Buffer; etag?: string; cutAt?: number } = {}): Answer =>
  (request, response) => {
    const { body = model, etag = '"v1"', cutAt } = options
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    const isRest = from > 0 && request.headers['if-range'] === etag
    if (isRest && from >= body.length) {
      response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end()
      return
    }
    const start = isRest ? from : 0
    const range = isRest ? { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` } : {}
    response.writeHead(isRest ? 206 : 200, {
      'content-length': body.length - start,
      ...(etag !== '' && { etag }),
      ...range,
    })
    if (cutAt === undefined) response.end(body.subarray(start))
    else response.write(body.subarray(start, cutAt), () => setImmediate(() => response.destroy()))
  }

const pull = (more: Partial<PullModelOptions> = {}): ReturnType<typeof pullModel> =>
  pullModel({ url, file, ...more })
const ranges = (): (string | undefined)[] => seen.map(({ headers }) => headers.range)
const left = (): string[] =>
  existsSync(join(folder, 'models')) ? readdirSync(join(folder, 'models')).toSorted() : []

describe('pullModel', () => {
  it('fetches a file, tells how far it is, and checks its sum', async () => {
    const progress: PullProgress[] = []
    const pulled = await pull({ sha256: sha256.toUpperCase(), onProgress: (now) => progress.push(now) })
    expect(pulled).toEqual({ file, bytes: model.length, sha256, downloaded: true })
    expect(readFileSync(file)).toEqual(model)
    expect(left()).toEqual(['tiny.gguf'])
    expect(progress[0]).toEqual({ receivedBytes: 0, totalBytes: model.length })
    expect(progress.at(-1)).toEqual({ receivedBytes: model.length, totalBytes: model.length })
    const counts = progress.map(({ receivedBytes }) => receivedBytes)
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  })

  it('asks nobody for a file that is there, unless its sum is wrong', async () => {
    await pull()
    expect(await pull({ sha256 })).toEqual({ file, bytes: model.length, sha256, downloaded: false })
    expect(await pull()).toMatchObject({ downloaded: false })
    expect(seen).toHaveLength(1)
    writeFileSync(file, 'GGUF but broken')
    expect(await pull({ sha256 })).toMatchObject({ downloaded: true })
    expect(readFileSync(file)).toEqual(model)
  })

  it('goes on by itself where a download broke off', async () => {
    answers = [whole({ cutAt: 100_000 }), whole({ cutAt: 200_000 })]
    expect(await pull({ sha256 })).toMatchObject({ downloaded: true, bytes: model.length })
    expect(readFileSync(file)).toEqual(model)
    expect(ranges()).toEqual([
      undefined,
      expect.stringMatching(/^bytes=\d+-$/),
      expect.stringMatching(/^bytes=\d+-$/),
    ])
    expect(ranges()[1]).not.toBe(ranges()[2])
  })

  it('goes on where an earlier, aborted download stopped', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    answers = [
      (_, response) => {
        response.writeHead(200, { 'content-length': model.length, etag: '"v1"' })
        response.write(model.subarray(0, 50_000))
      },
    ]
    const onProgress = ({ receivedBytes }: PullProgress): void => {
      if (receivedBytes >= 50_000) controller.abort(reason)
    }
    await expect(pull({ signal: controller.signal, onProgress })).rejects.toBe(reason)
    expect(left()).toEqual(['tiny.gguf.partial', 'tiny.gguf.partial.json'])
    const progress: PullProgress[] = []
    await pull({ sha256, onProgress: (now) => progress.push(now) })
    expect(ranges()).toEqual([undefined, 'bytes=50000-'])
    expect(progress[0]).toEqual({ receivedBytes: 50_000, totalBytes: model.length })
    expect(readFileSync(file)).toEqual(model)
    expect(left()).toEqual(['tiny.gguf'])
  })

  it('gives the same file wherever it broke off', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: model.length - 1 }), { maxLength: 3 }),
        async (cuts) => {
          rmSync(join(folder, 'models'), { recursive: true, force: true })
          answers = [...new Set(cuts)].toSorted((a, b) => a - b).map((cutAt) => whole({ cutAt }))
          await pull({ sha256 })
          expect(readFileSync(file).equals(model)).toBe(true)
        },
      ),
      { numRuns: 20 },
    )
  })

  const partly = (origin: object, bytes = model.subarray(0, 1000)): void => {
    rmSync(join(folder, 'models'), { recursive: true, force: true })
    mkdirSync(join(folder, 'models'))
    writeFileSync(`${file}.partial`, bytes)
    writeFileSync(`${file}.partial.json`, JSON.stringify(origin))
  }

  it.each([
    ['the server has another version', { version: '"v0"' }],
    ['the address was another', { url: 'http://127.0.0.1/other', version: '"v1"' }],
    ['the version is not known', {}],
  ])('starts again where %s', async (_, origin) => {
    partly({ url, ...origin }, Buffer.from('GGUF of another version'))
    await pull({ sha256 })
    expect(readFileSync(file)).toEqual(model)
  })

  it('takes what is whole already, and throws away what is longer than the file', async () => {
    partly({ url, version: '"v1"' }, model)
    expect(await pull({ sha256 })).toMatchObject({ bytes: model.length })
    expect(ranges()).toEqual([`bytes=${model.length}-`])
    partly({ url, version: '"v1"' }, Buffer.concat([model, model]))
    await pull({ sha256 })
    expect(readFileSync(file)).toEqual(model)
  })

  it('gives up when the server brings nothing, and keeps what came', async () => {
    partly({ url, version: '"v1"' })
    answers = [whole({ cutAt: 1000 })]
    await expect(pull()).rejects.toMatchObject({ name: 'ConnectionError' })
    expect(left()).toEqual(['tiny.gguf.partial', 'tiny.gguf.partial.json'])
    answers = Array.from({ length: 30 }, (_, index) => whole({ cutAt: 2000 + index }))
    await expect(pull()).rejects.toMatchObject({ name: 'ConnectionError' })
    expect(seen.length).toBeLessThan(30)
  })

  it('keeps nothing of a file with a wrong sum, and nothing that is no model', async () => {
    await expect(pull({ sha256: '0'.repeat(64) })).rejects.toMatchObject({
      code: 'checksum-mismatch',
      message: expect.stringContaining(sha256),
    })
    expect(left()).toEqual([])
    answers = [whole({ body: Buffer.from('<html>Please log in</html>') })]
    await expect(pull()).rejects.toMatchObject({ code: 'not-gguf' })
    expect(left()).toEqual([])
  })

  it.each([401, 404, 500])('says that the server answered %d', async (status) => {
    answers = [(_, response) => response.writeHead(status).end('No such thing.')]
    await expect(pull()).rejects.toMatchObject({
      code: 'http-status',
      message: `${url} answered ${status}: No such thing.`,
    })
    expect(left()).toEqual([])
  })

  it('follows redirects, and keeps secrets to the first origin', async () => {
    const other = createServer((request, response) => {
      seen.push(request)
      whole()(request, response)
    })
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const elsewhere = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`
    answers = [
      (_, response) => response.writeHead(302, { location: '/moved' }).end(),
      (_, response) => response.writeHead(307, { location: elsewhere }).end(),
    ]
    await pull({ headers: { authorization: 'Bearer secret' }, sha256 })
    expect(seen.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/tiny.gguf', 'Bearer secret'],
      ['/moved', 'Bearer secret'],
      ['/', undefined],
    ])
    other.closeAllConnections()
    await new Promise((resolve) => other.close(resolve))
  })

  it.each([
    ['nowhere', undefined],
    ['a file', 'file:///etc/passwd'],
    ['itself', '/tiny.gguf'],
  ])('refuses a redirect to %s', async (_, location) => {
    answers = Array.from({ length: 9 }, () => (_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(302, location === undefined ? {} : { location }).end()
    })
    await expect(pull()).rejects.toMatchObject({ code: 'bad-redirect' })
    expect(seen.length).toBeLessThanOrEqual(6)
  })

  it('refuses another part than it asked for', async () => {
    partly({ url, version: '"v1"' })
    answers = [(_, response) => response.writeHead(206, { 'content-range': 'bytes 5-9/10' }).end('12345')]
    await expect(pull()).rejects.toMatchObject({ code: 'bad-range' })
  })

  it.each([
    [{ url: 'ftp://x/y' }, /^url: expected a web address/],
    [{ url: 'tiny' }, /^url/],
    [{ file: '' }, /^file/],
    [{ sha256: 'abc' }, /^sha256: expected 64 hexadecimal digits/],
  ])('refuses %j', async (options, message) => {
    await expect(pull(options)).rejects.toThrow(message)
  })

  it('asks nobody after an abort', async () => {
    await expect(pull({ signal: AbortSignal.abort('now') })).rejects.toBe('now')
    expect(seen).toEqual([])
  })
})
