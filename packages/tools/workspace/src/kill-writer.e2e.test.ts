import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ashlar-kill-'))
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

const size = 1_000_000
const rounds = process.env['ASHLAR_SOAK'] ? 100 : 8

/** Writes the file over and over, each time with another letter. */
const writers = {
  ours: `
    const { createWorkspace } = await import(${JSON.stringify(join(import.meta.dirname, 'workspace.ts'))})
    const { writeFile } = await import(${JSON.stringify(join(import.meta.dirname, 'write-file.ts'))})
    const workspace = createWorkspace({ root: process.argv[1] })
    const write = (text) => writeFile(workspace, { path: 'file', text })`,
  plain: `
    const { writeFileSync } = await import('node:fs')
    const write = async (text) => {
      for (let at = 0; at < text.length; at += 10_000)
        writeFileSync(process.argv[1] + '/file', text.slice(at, at + 10_000), { flag: at === 0 ? 'w' : 'a' })
    }`,
}

/** Kills a writer at a moment nobody chose, and says what it left. */
const killed = async (writer: keyof typeof writers, waitMs: number): Promise<string> => {
  writeFileSync(join(root, 'file'), 'z'.repeat(size))
  const script = `${writers[writer]}
    process.stdout.write('ready')
    for (let round = 0; ; round += 1) await write('abc'[round % 3].repeat(${size}))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, root], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = new Promise((resolve) => child.once('exit', resolve))
  await new Promise((resolve) => child.stdout.once('data', resolve))
  await delay(waitMs)
  child.kill('SIGKILL')
  await exit
  return readFileSync(join(root, 'file'), 'utf8')
}
const isWhole = (text: string): boolean => text === (text[0] ?? '').repeat(size)

describe('a process killed while it writes', () => {
  it(`leaves the old file or the new one (${rounds} kills)`, { timeout: 120_000 }, async () => {
    const seen = new Set<string>()
    for (let round = 0; round < rounds; round += 1) {
      const text = await killed('ours', Math.random() * 40)
      expect(isWhole(text)).toBe(true)
      seen.add(text[0] ?? '')
    }
    expect(seen.size).toBeGreaterThan(1)
    // What it did not finish is named so that one can tell it apart.
    for (const name of readdirSync(root)) expect(name).toMatch(/^(?:file|\.ashlar-[0-9a-f-]{36}\.tmp)$/)
  })

  it('leaves half a file where it is written in place', { timeout: 60_000 }, async () => {
    let halves = 0
    for (let round = 0; round < 20 && halves === 0; round += 1)
      if (!isWhole(await killed('plain', Math.random() * 20))) halves += 1
    expect(halves).toBe(1)
  })
})
