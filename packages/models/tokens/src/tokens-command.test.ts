import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandIo } from '@ashlar/command'
import { captureIo } from '@ashlar/command/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokensCommand } from './tokens-command.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ashlar-tokens-'))
})
afterAll(() => rm(folder, { recursive: true }))

const fileOf = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

async function* chunks(...parts: (Uint8Array | string)[]): AsyncGenerator<Uint8Array | string> {
  yield* parts
}

const run = async (args: string[], io: Partial<CommandIo> = {}) => {
  const captured = captureIo()
  const code = await tokensCommand.run(args, { ...captured, ...io })
  return { code, out: captured.out(), err: captured.err() }
}

describe('ashlar tokens', () => {
  it('counts a file', async () => {
    const path = await fileOf('hello.txt', 'Hello, world!')
    expect(await run([path, '--model', 'gpt-4o', '--json'])).toEqual({
      code: 0,
      out: '{"tokens":4,"exact":true}\n',
      err: '',
    })
    expect(await run([path])).toEqual({ code: 0, out: '4\n', err: '' })
    expect(await run([path, '--encoding=cl100k_base'])).toEqual({ code: 0, out: '4\n', err: '' })
  })

  it('counts standard input, however it is cut', async () => {
    const bytes = Buffer.from('你好,世界')
    const stdin = chunks(bytes.subarray(0, 2), bytes.subarray(2, 9), '界'.slice(0, 0), bytes.subarray(9))
    expect((await run(['-', '--model', 'gpt-4'], { stdin })).out).toBe('6\n')
    expect((await run(['-', '--json'])).out).toBe('{"tokens":0,"exact":true}\n')
  })

  it('says when it estimates', async () => {
    const path = await fileOf('long.txt', 'word '.repeat(100))
    expect((await run([path, '--model', 'claude-opus-5'])).out).toBe('152 (estimate)\n')
    expect((await run([path, '--model', 'claude-opus-5', '--json'])).out).toBe(
      '{"tokens":152,"exact":false}\n',
    )
    const binary = await run([await fileOf('binary', Uint8Array.of(0xff, 0x41)), '--json'])
    expect(binary.out).toMatch(/"exact":false/)
    expect(binary.err).toMatch(/not UTF-8/)
  })

  it('prints its help', async () => {
    const { code, out } = await run(['--help'])
    expect(code).toBe(0)
    expect(out).toMatch(/^Usage: ashlar tokens <file\|->/)
  })

  it.each([
    [[], /expected <file\|->/],
    [['a', 'b'], /expected <file\|->.*"a b"/],
    [['a', '--modle', 'x'], /--modle/],
    [['-', '--encoding', 'gpt-4o'], /--encoding: expected o200k_base.*received "gpt-4o"/],
    [['-', '--encoding', 'o200k_base', '--model', 'gpt-4o'], /expected --model or --encoding/],
  ])('calls %j a wrong use', async (args, message) => {
    const { code, out, err } = await run(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(message)
  })

  it('says which file it cannot read', async () => {
    const { code, err } = await run([join(folder, 'missing.txt')])
    expect(code).toBe(1)
    expect(err).toMatch(/ENOENT.*missing\.txt/)
    expect((await run([folder])).code).toBe(1)
  })

  it('passes on a failure of standard input', async () => {
    const stdin: CommandIo['stdin'] = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('cut')) }),
    }
    expect(await run(['-'], { stdin })).toEqual({ code: 1, out: '', err: 'ashlar tokens: cut\n' })
  })

  it('stops waiting for standard input when interrupted', async () => {
    const controller = new AbortController()
    const stdin: CommandIo['stdin'] = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
    }
    const running = run(['-'], { stdin, signal: controller.signal })
    controller.abort()
    expect(await running).toEqual({ code: 130, out: '', err: 'ashlar tokens: interrupted\n' })
    expect((await run(['-'], { signal: controller.signal })).code).toBe(130)
  })
})
