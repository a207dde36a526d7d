import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { captureIo } from './capture-io.ts'
import { inputLines, readInput } from './read-input.ts'

const cut = (bytes: Uint8Array, at: readonly number[]): Uint8Array[] => {
  const points = [0, ...at.map((n) => n % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return points.slice(1).map((end, i) => bytes.subarray(points[i], end))
}

describe('readInput', () => {
  it('reads a file relative to the folder, or all of standard input', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'ashlar-command-'))
    try {
      await writeFile(join(cwd, 'a.txt'), 'file')
      const io = captureIo({ cwd, stdin: ['st', Buffer.from('din')] })
      expect(String(Buffer.from(await readInput('a.txt', io)))).toBe('file')
      expect(String(Buffer.from(await readInput('-', io)))).toBe('stdin')
      await expect(readInput('b.txt', io)).rejects.toThrow('ENOENT')
    } finally {
      await rm(cwd, { recursive: true })
    }
  })

  it('ends when aborted while nothing comes', async () => {
    const controller = new AbortController()
    const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }
    const reading = readInput('-', { ...captureIo({ signal: controller.signal }), stdin: never })
    controller.abort(new Error('enough'))
    await expect(reading).rejects.toThrow('enough')
  })
})

describe('inputLines', () => {
  it('gives the same lines however the bytes are cut', async () => {
    const texts = fc.array(
      fc.string({ unit: 'grapheme' }).filter((line) => !/[\r\n]/.test(line) && !line.startsWith('\uFEFF')),
    )
    await fc.assert(
      fc.asyncProperty(texts, fc.array(fc.nat()), async (lines, at) => {
        const bytes = Buffer.from(lines.map((line, i) => `${line}${i % 2 ? '\r\n' : '\n'}`).join(''))
        const read: string[] = []
        for await (const line of inputLines(captureIo({ stdin: cut(bytes, at) }))) read.push(line)
        expect(read).toEqual(lines)
      }),
    )
  })

  it('gives a last line without its newline', async () => {
    const read: string[] = []
    for await (const line of inputLines(captureIo({ stdin: 'a\n\nb' }))) read.push(line)
    expect(read).toEqual(['a', '', 'b'])
  })
})
