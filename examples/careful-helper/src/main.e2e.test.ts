import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const here = join(import.meta.dirname, '..')
let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'careful-helper-'))
  mkdirSync(join(home, 'ashlar'))
})
afterEach(() => {
  rmSync(home, { recursive: true })
})
const ashlar = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(here, '../../packages/apps/cli/src/bin.ts'), ...words],
    {
      cwd: here,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: home,
        XDG_CONFIG_HOME: home,
        XDG_STATE_HOME: home,
        OLLAMA_HOST: '127.0.0.1:1',
      },
      timeout: 15_000,
    },
  )
  return { code: status, out: stdout, err: stderr }
}

describe('careful-helper', () => {
  it('runs, asks or refuses, by the rules of the project', () => {
    expect(ashlar('run', 'helper', 'ls src')).toMatchObject({
      code: 0,
      out: expect.stringContaining('command-rules.ts'),
    })
    const asked = ashlar('run', 'helper', 'git push origin main')
    expect([asked.code, asked.out]).toEqual([3, ''])
    const denied = ashlar('run', 'helper', 'make deploy', '--yes')
    expect(denied).toMatchObject({
      code: 0,
      out: expect.stringContaining('People deploy, with the checklist open.'),
    })
  })

  it('asks nobody with --yolo, but where the rules do', () => {
    const denied = ashlar('run', 'helper', 'ls; make release-all', '--yolo')
    expect(denied.out).toContain('People deploy')
    expect(denied.err).toContain('Nobody is asked until')
    expect(ashlar('run', 'helper', 'git push', '--yolo').code).toBe(3)
    expect(ashlar('run', 'helper', 'ls src', '--yolo').code).toBe(0)
  })

  it('is what ashlar policy check says, with the file and the line', () => {
    const { code, out } = ashlar('policy', 'check', 'make deploy', '--json')
    expect([code, JSON.parse(out)]).toMatchObject([
      0,
      {
        verdict: 'deny',
        rule: 'user:make deploy|release*',
        why: 'People deploy, with the checklist open.',
        source: `${join(here, 'ashlar.config.yaml')}:10:7`,
      },
    ])
    writeFileSync(
      join(home, 'ashlar/ashlar.config.json'),
      JSON.stringify({ permissions: { commands: [{ pattern: ['make'], verdict: 'allow' }] } }),
    )
    expect(ashlar('policy', 'check', 'make docs').code).toBe(0)
    expect(ashlar('policy', 'check', 'make deploy').code).toBe(4)
  })
})
