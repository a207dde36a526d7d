import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWireServer } from '@ashlar/testing/wire'
import { describe, expect, it } from 'vitest'
import { spawned } from '../fixtures/spawned.ts'

describe('the ashlar binary', () => {
  it('prints its version', async () => {
    const { code, out } = await spawned(['--version'])
    expect([code, out]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
  })
  it('takes help for --help', async () => {
    const [all, asked, of] = await Promise.all([['--help'], ['help'], ['help', 'run']].map((w) => spawned(w)))
    expect(asked).toEqual(all)
    expect([all?.code, of?.code]).toEqual([0, 0])
    expect(of?.out).toContain('ashlar run')
  })
  it('answers a pipe: the answer on stdout, no colours anywhere', async () => {
    const { code, out, err } = await spawned(['run', 'open'], {
      stdin: 'Count the words: one two three four five',
    })
    expect(code).toBe(0)
    expect(out).toMatch(/^\[offline rules, not a language model\] /)
    expect(out + err).not.toContain('\u001B')
  })
  it('colours where FORCE_COLOR asks for it, and not where NO_COLOR forbids it', async () => {
    const words = ['run', 'nobody', 'hi']
    expect((await spawned(words, { env: { FORCE_COLOR: '1' } })).err).toContain('\u001B[31mError:')
    expect((await spawned(words, { env: { NO_COLOR: '1' } })).err).toMatch(/^Error: /)
    const help = await spawned(['--help'], { env: { FORCE_COLOR: '1' } })
    expect(help.out).toContain('\u001B[')
  })
  it('says a wrong key in one line, writes nothing and ends with 1', async () => {
    await using server = await createWireServer({ answers: [{ fault: { status: 401 } }] })
    const folder = await mkdtemp(join(tmpdir(), 'ashlar-bin-'))
    const env = { ANTHROPIC_API_KEY: 'sk-secret-secret', ANTHROPIC_BASE_URL: server.url }
    const agent = join(import.meta.dirname, '../fixtures/agents/open.agent.ts')
    const { code, out, err } = await spawned(['run', agent, 'hi'], { cwd: folder, env })
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/^Model: [^\n]*\nError: anthropic\/[^\n]*401 auth[^\n]*; check ANTHROPIC_API_KEY\n$/)
    expect(err).not.toContain('secret')
    expect(await readdir(folder)).toEqual([])
    await rm(folder, { recursive: true })
  })
  it('does not show the warnings of an agent file with a stack', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ashlar-bin-'))
    await writeFile(join(folder, 'a.ts'), 'process.emitWarning("look"); export default 1')
    const { code, err } = await spawned(['run', 'a.ts', 'hi'], { cwd: folder })
    expect(code).toBe(2)
    expect(err).toMatch(/^Error: a\.ts has no agent: [^\n]*\n$/)
    await rm(folder, { recursive: true })
  })
  it.each([
    ['setTimeout(() => Promise.reject(new Error("loose")), 10)', 'loose'],
    ['setTimeout(() => { throw "a\\nb" }, 10)', 'a b'],
  ])('ends with a line where an agent file throws in the background: %s', async (code, text) => {
    const folder = await mkdtemp(join(tmpdir(), 'ashlar-bin-'))
    await writeFile(join(folder, 'a.mjs'), `${code}; await new Promise(() => {})`)
    const plain = await spawned(['run', 'a.mjs', 'hi'], { cwd: folder })
    const line = `${text} (thrown in the background, where nobody caught it)`
    expect(plain).toEqual({ code: 1, out: '', err: `Error: ${line}\n` })
    const { out } = await spawned(['run', 'a.mjs', 'hi', '--json'], { cwd: folder })
    expect(JSON.parse(out)).toEqual({ type: 'error', message: line, code: 'uncaught' })
    await rm(folder, { recursive: true })
  })
  it.each([
    ['a.ts', 'const a: number = 1\nconst x = = 3\n', 'Expression expected (a.ts:2:11)'],
    ['a.mjs', 'const a = 1\n\nconst x = = 3\n', "Unexpected token '=' (a.mjs:3:11)"],
    ['a.mjs', "import 'no-such-package'\n", "Cannot find package 'no-such-package', imported from a.mjs"],
    ['a.mjs', "import './no.mjs'\n", "Cannot find module 'no.mjs', imported from a.mjs"],
    ['a.mjs', "import './b.json'\n", expect.stringMatching(/b\.json/)],
  ])('says where %s fails to load: %j', async (name, code, why) => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'ashlar-bin-')))
    await writeFile(join(folder, name), code)
    await writeFile(join(folder, 'b.json'), '{}')
    const { code: exit, err } = await spawned(['run', name, 'hi'], { cwd: folder })
    expect([exit, err.startsWith(`Error: ${name} cannot be loaded: `)]).toEqual([2, true])
    expect(err.split(' cannot be loaded: ')[1]?.trimEnd()).toEqual(why)
    expect(err).not.toContain('load-agent')
    await rm(folder, { recursive: true })
  })
  it('prints events as JSON lines', async () => {
    const { code, out } = await spawned(['run', 'booking', 'go', '--json', '--yes'])
    expect(code).toBe(0)
    for (const line of out.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('type')
  })
  it('leaves pending calls with 3', async () => {
    const { code, err } = await spawned(['run', 'booking', 'go'])
    expect(code).toBe(3)
    expect(err).toContain('book city: Oslo (call_3)')
  })
  it('ends with 130 at SIGINT, with 143 at SIGTERM', async () => {
    const kill = (signal: NodeJS.Signals) => {
      let sent = false
      return spawned(['run', 'endless', 'go', '--json'], {
        onOutput: (text, child) => {
          if (!sent && text.includes('text-delta')) sent = child.kill(signal)
        },
      })
    }
    const interrupted = await kill('SIGINT')
    expect(interrupted.code).toBe(130)
    expect(interrupted.err).toMatch(/^Interrupted after /m)
    expect((await kill('SIGTERM')).code).toBe(143)
  })
  it('ends quietly when the reader of its pipe goes away', async () => {
    const { code, err } = await spawned(['run', 'endless', 'go', '--json'], {
      onOutput: (_, child) => {
        child.stdout?.destroy()
        child.kill('SIGINT')
      },
    })
    expect([130, 141]).toContain(code)
    expect(err).not.toMatch(/EPIPE|^ +at /m)
  })
})
