import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { sqliteCache } from './sqlite-cache.ts'

const program = `
const [url, file, from] = process.argv.slice(1)
const { sqliteCache } = await import(url)
const store = sqliteCache(file, { onRecover: ({ message }) => console.log('recovered', message) })
for (let n = Number(from); ; n += 10) {
  await Promise.all(Array.from({ length: 10 }, (_, i) => store.set('key ' + (n + i), 'value ' + (n + i), { ttlMs: Infinity })))
  console.log('safe', n + 10)
}
`

it('has everything it acknowledged after kill -9, twenty times over', { timeout: 90_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-cache-'))
  const file = join(folder, 'cache.db')
  const url = new URL('./sqlite-cache.ts', import.meta.url).href
  let safe = 0
  for (let round = 0; round < 20; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, url, file, `${safe}`])
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const closed = once(child, 'close')
    await Promise.race([once(child.stdout, 'data'), closed])
    await sleep(round * 1.3)
    child.kill('SIGKILL')
    expect(await closed).toEqual([null, 'SIGKILL'])
    expect(output).not.toContain('recovered')
    const before = safe
    for (const [, n] of output.matchAll(/^safe (\d+)$/gm)) safe = Number(n)
    expect(safe).toBeGreaterThan(before)
    await using store = sqliteCache(file, { onRecover: () => expect.unreachable('the file is damaged') })
    for (let n = before; n < safe; n++) expect(await store.get(`key ${n}`)).toBe(`value ${n}`)
  }
  expect(readdirSync(folder)).toEqual(['cache.db'])
  rmSync(folder, { recursive: true })
})
