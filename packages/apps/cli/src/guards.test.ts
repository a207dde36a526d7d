import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isolation } from '@ashlar/safety'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeTerminal, type FakeTerminalOptions, fixtures } from '../fixtures/terminal.ts'

let root = ''
let project = ''
const write = async (path: string, data: unknown): Promise<void> => {
  await mkdir(join(root, path, '..'), { recursive: true })
  await writeFile(join(root, path), typeof data === 'string' ? data : JSON.stringify(data, undefined, 1))
}
const user = (permissions: object, more: object = {}): Promise<void> =>
  write('home/ashlar/ashlar.config.json', { permissions, ...more })
const terminalOf = (options: FakeTerminalOptions = {}) => {
  const env = { XDG_CONFIG_HOME: join(root, 'home'), XDG_STATE_HOME: join(root, 'state'), HOME: root }
  return fakeTerminal({ cwd: project, ...options, env: { ...env, ...options.env } })
}
const agentFile = (name: string): string => join(fixtures, 'agents', `${name}.agent.ts`)
/** Runs the agent that calls one tool. */
const call = async (name: string, input: object, words: string[] = []) => {
  const terminal = terminalOf()
  const code = await terminal.run('run', agentFile('guarded'), JSON.stringify([{ name, input }]), ...words)
  return { code, out: terminal.out(), err: terminal.err() }
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ashlar-guards-'))
  project = join(root, 'project')
  await mkdir(join(project, '.git'), { recursive: true })
  vi.stubEnv('GUARDED_ROOT', project)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(root, { recursive: true })
})

describe('commands of an agent', () => {
  it('are judged without any configuration: run, asked about, refused', async () => {
    expect(await call('exec', { command: 'ls' })).toMatchObject({
      code: 0,
      out: expect.stringContaining('exit code 0'),
    })
    expect((await call('exec', { command: 'touch ../made' })).code).toBe(3)
    expect((await call('exec', { command: 'rm -rf ~' }, ['--yes'])).out).toContain('denies this command')
    expect((await call('note', { text: 'free' })).out).toContain('noted free')
  })

  it('go by the rules of the user, tightened by the project', async () => {
    await user({ commands: [{ pattern: ['touch', '*'], verdict: 'allow', whole: true }] })
    expect((await call('exec', { command: 'touch ../made' })).code).toBe(0)
    expect(await readdir(root)).toContain('made')
    await write(
      'project/ashlar.config.yaml',
      'permissions: { commands: [{ pattern: [touch], verdict: deny }] }\n',
    )
    expect((await call('exec', { command: 'touch ../more' }, ['--yes'])).out).toContain('user:touch')
    expect(await readdir(root)).not.toContain('more')
    await write(
      'project/ashlar.config.yaml',
      'permissions: { commands: [{ pattern: [rm], verdict: allow }] }\n',
    )
    const loosened = await call('exec', { command: 'ls' })
    expect([loosened.code, loosened.out]).toEqual([2, ''])
    expect(loosened.err).toMatch(
      /ashlar\.config\.yaml:1:\d+ permissions\.commands\[1\]\.verdict: loosens a policy/,
    )
  })

  it('are not run at an example that does not hold: file, line and column are told', async () => {
    await write(
      'project/ashlar.config.yaml',
      'permissions:\n  commands:\n    - pattern: [make]\n      verdict: deny\n      match:\n        - make x\n        - ls\nagents:\n  a:\n    permissions: { yolo: { commands: [{ pattern: [x], verdict: ask, notMatch: [x] }] } }\n',
    )
    const { code, err } = await call('exec', { command: 'ls' })
    expect(code).toBe(2)
    expect(err).toContain(
      `${project}/ashlar.config.yaml:7:11 permissions.commands[0].match[1]: "ls" does not match the rule\n`,
    )
    expect(err).toMatch(
      /:10:\d+ agents\.a\.permissions\.yolo\.commands\[0\]\.notMatch\[0\]: "x" matches the rule\n/,
    )
    const shown = terminalOf()
    expect(await shown.run('config', 'validate')).toBe(1)
    expect(shown.err()).toContain('ashlar.config.yaml:7:11')
    const checked = terminalOf()
    expect(await checked.run('policy', 'check', 'ls')).toBe(1)
    expect(checked.err()).toContain('ashlar.config.yaml:7:11')
  })
})

describe('tools of an agent', () => {
  it('go by mode and rules: asked about, allowed, refused; options go over the file', async () => {
    await user({ mode: 'ask' })
    expect((await call('note', { text: 'x' })).code).toBe(3)
    expect((await call('note', { text: 'x' }, ['--yes'])).out).toContain('noted x')
    expect((await call('note', { text: 'x' }, ['--mode', 'auto'])).out).toContain('noted x')
    expect((await call('note', { text: 'x' }, ['--mode', 'plan', '--yes'])).out).toContain('Planning')
    expect((await call('listDirectory', {}, ['--mode', 'plan'])).code).toBe(0)
    await user({
      mode: 'auto',
      rules: [{ tool: 'note', input: { text: 'x*' }, verdict: 'deny', why: 'No x.' }],
    })
    expect((await call('note', { text: 'xy' }, ['--yes'])).out).toContain('No x.')
    expect((await call('note', { text: 'y' })).out).toContain('noted y')
    await user({ tools: { 'no*': 'allow' } })
    expect((await call('note', { text: 'y' })).out).toContain('noted y')
  })

  it('about paths hold however a path is spelled', async () => {
    await user({ mode: 'auto', rules: [{ tool: 'readFile', input: { path: 'infra/*' }, verdict: 'deny' }] })
    await write('project/infra/key', 'CANARY')
    for (const path of [
      'infra/key',
      './infra/key',
      'x/../infra/key',
      'infra\\key',
      join(project, 'infra/key'),
    ])
      expect((await call('readFile', { path })).out).toContain('Not allowed: readFile')
    await user({ mode: 'auto' })
    expect((await call('readFile', { path: './infra/key' })).out).toContain('CANARY')
  })

  it('hold in a chat as in a run', async () => {
    await user({ mode: 'plan' })
    const line = `${JSON.stringify([{ name: 'note', input: { text: 'y' } }])}\n`
    const planning = terminalOf({ stdin: line })
    expect(await planning.run('chat', agentFile('guarded'), '--yes')).toBe(0)
    expect(planning.out()).toContain('Planning')
    const auto = terminalOf({ stdin: line })
    expect(await auto.run('chat', agentFile('guarded'), '--mode', 'auto')).toBe(0)
    expect(auto.out()).toContain('noted y')
  })

  it('go by the section of the agent', async () => {
    const permissions = { mode: 'plan', commands: [{ pattern: ['ls'], verdict: 'deny' }] }
    await user(
      { mode: 'auto' },
      { agents: { guarded: { permissions }, other: { permissions: { mode: 'ask' } } } },
    )
    expect((await call('note', { text: 'y' })).out).toContain('Planning')
    await user({ mode: 'plan' }, { agents: { guarded: { permissions: { mode: 'auto' } } } })
    expect((await call('note', { text: 'y' })).out).toContain('noted y')
  })

  it('need the plugins: a file that takes none is refused', async () => {
    await user({ mode: 'auto' })
    const finished = terminalOf()
    expect(await finished.run('run', agentFile('booking'), 'go')).toBe(2)
    expect(finished.err()).toContain('the file takes no plugins to hold them')
    expect(await terminalOf().run('run', agentFile('open'), 'Summarise: A. B.')).toBe(0)
    const asked = terminalOf()
    await rm(join(root, 'home'), { recursive: true })
    expect(await asked.run('run', agentFile('booking'), 'go')).toBe(3)
    expect(await terminalOf().run('run', agentFile('booking'), 'go', '--mode', 'auto')).toBe(2)
    const odd = terminalOf()
    expect(await odd.run('run', agentFile('open'), 'go', '--mode', 'yes')).toBe(2)
    expect(odd.err()).toContain('--mode: expected ask, auto, plan')
  })
})

describe('agents that other commands run', () => {
  it('go by the same: a recorded run pauses, is approved, and replays the same', async () => {
    await user({ mode: 'ask', rules: [{ tool: 'note', input: { text: 'x*' }, verdict: 'deny' }] })
    const runs = async (...words: string[]): Promise<[number, string]> => {
      const terminal = terminalOf()
      const code = await terminal.run('runs', ...words)
      return [code, terminal.out() + terminal.err()]
    }
    const file = agentFile('guarded')
    const input = (text: string) => JSON.stringify([{ name: 'note', input: { text } }])
    expect(await runs('start', file, input('y'), '--id', 'r1')).toEqual([
      3,
      expect.stringContaining('Paused: 1 call'),
    ])
    expect(await runs('resume', 'r1', file, '--approve', 'call_1')).toEqual([
      0,
      expect.stringContaining('noted y'),
    ])
    expect(await runs('replay', 'r1', file)).toEqual([0, expect.stringContaining('The same')])
    expect((await runs('start', file, input('xy'), '--id', 'r2'))[1]).toContain(
      'Not allowed: note (rules[0])',
    )
    const key = 'ghp_0123456789abcdefghijABCD'
    await runs('start', file, input('z'), '--id', 'r3')
    const [, denied] = await runs('resume', 'r3', file, '--deny', `call_1=no: ${key} is mine`)
    expect(denied).toContain('The user denied this call: no: [redacted:api-key] is mine')
    expect(denied).not.toContain(key)
  })
})

describe('agents of a plan', () => {
  const plan = async (...words: string[]) => {
    const terminal = terminalOf()
    const file = join(fixtures, 'planned-agents.ts')
    const code = await terminal.run('plan', ...words, '--agents', file, '--yes')
    const err = terminal.err()
    return { code, out: terminal.out(), err, id: /^Run (\S+)/m.exec(err)?.[1] ?? '' }
  }

  it('go by the same: what is denied stays denied, what is asked about pauses', async () => {
    await user({ mode: 'auto', rules: [{ tool: 'note', input: { text: 'x*' }, verdict: 'deny' }] })
    expect(await plan('xy')).toMatchObject({ code: 0, out: expect.stringContaining('Not allowed: note') })
    await user({ mode: 'ask' })
    const { code, err, id } = await plan('y')
    expect([code, err]).toEqual([3, expect.stringContaining('step-1/call_1 note')])
    expect(await plan('--resume', id, '--approve', 'step-1/call_1')).toMatchObject({
      code: 0,
      out: expect.stringContaining('noted y'),
    })
    const other = await plan('z')
    expect(other.code).toBe(3)
    // It was asked about, and is not allowed any more.
    await user({ mode: 'plan' })
    const { out } = await plan('--resume', other.id, '--approve', 'step-1/call_1')
    expect(out).not.toContain('noted z')
    expect(out).toContain('Planning')
  })

  it('go by the section of each, by the project, and by the limits', async () => {
    await user({ mode: 'auto' }, { agents: { clerk: { permissions: { tools: { note: 'deny' } } } } })
    expect((await plan('y')).out).toContain('Not allowed: note')
    await user({ mode: 'auto' }, { agents: { other: { permissions: { tools: { note: 'deny' } } } } })
    expect((await plan('y')).out).toContain('noted y')
    await write('project/ashlar.config.yaml', 'permissions: { tools: { note: deny } }\n')
    expect((await plan('y')).out).toContain('Not allowed: note')
    await write('project/ashlar.config.yaml', 'agents: { clerk: { tools: [] } }\n')
    expect((await plan('y')).out).toContain('note is not among the tools of this agent')
  })

  it('hide secrets from what is kept', async () => {
    const key = 'ghp_0123456789abcdefghijABCD'
    const { code, out } = await plan(`y ${key}`)
    expect([code, out]).toEqual([0, expect.stringContaining('[redacted:api-key]')])
    expect(out).not.toContain(key)
  })

  it('control: without a configuration, they may', async () => {
    expect(await plan('xy')).toMatchObject({ code: 0, out: expect.stringContaining('noted xy') })
  })

  it('do not run under a configuration that is wrong', async () => {
    await user({ mode: 'yes' })
    expect(await plan('xy')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('permissions.mode'),
    })
  })
})

describe('a session in which nobody is asked', () => {
  const transcripts = async (): Promise<string> => {
    const folder = join(root, 'state/ashlar/yolo')
    const files = await readdir(folder).catch(() => [])
    const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
    return texts.join('')
  }

  it('runs what would be asked about, and writes it down redacted', async () => {
    const { code, out, err } = await call('note', { text: 'ghp_0123456789abcdefghijABCD' }, ['--yolo'])
    expect([code, err]).toEqual([0, expect.stringMatching(/Nobody is asked until \d\d:\d\d:\d\d; what runs/)])
    expect(out).toContain('noted')
    const entry: unknown = JSON.parse(await transcripts())
    expect(entry).toMatchObject({
      agent: 'guarded',
      tool: 'note',
      input: { text: '[redacted:api-key]' },
      rule: 'yolo',
    })
  })

  it('fences commands in where the machine can, and says whether it does', async () => {
    const isFenced = isolation().kind === 'bubblewrap'
    const commands = [{ pattern: ['touch', '../made'], verdict: 'allow', whole: true }]
    await user({ yolo: { commands } })
    const outside = await call('exec', { command: 'touch ../made' }, ['--yolo'])
    expect(outside.err).toContain(isFenced ? 'fenced in by bubblewrap' : 'Commands are not fenced in: ')
    expect((await readdir(root)).includes('made')).toBe(!isFenced)
    expect((await call('exec', { command: 'mkdir sub' }, ['--yolo'])).out).toContain('exit code 0')
    expect(await readdir(project)).toContain('sub')
    await user({ commands })
    const usual = await call('exec', { command: 'touch ../made' })
    expect([usual.err, (await readdir(root)).includes('made')]).toEqual([
      expect.not.stringContaining('fenced'),
      true,
    ])
    vi.stubEnv('PATH', '/nowhere')
    expect((await call('note', { text: 'x' }, ['--yolo'])).err).toMatch(
      /Commands are not fenced in: bubblewrap/,
    )
  })

  it('keeps asking where a rule of the agent asks', async () => {
    await user({ rules: [{ tool: 'note', verdict: 'ask' }] })
    expect((await call('note', { text: 'x' }, ['--yolo'])).code).toBe(3)
    await user({
      rules: [{ tool: 'note', verdict: 'ask' }],
      yolo: { rules: [{ tool: 'note', verdict: 'allow' }] },
    })
    expect((await call('note', { text: 'x' }, ['--yolo'])).out).toContain('noted x')
  })

  it('lasts four hours, or those of the configuration', async () => {
    const now = Date.UTC(2026, 10, 21, 9)
    vi.useFakeTimers({ toFake: ['Date'], now })
    try {
      for (const hours of [4, 2.5]) {
        if (hours !== 4) await user({ yolo: { hours } })
        const until = new Date(now + hours * 3_600_000).toLocaleTimeString('en-GB')
        expect((await call('note', { text: 'x' }, ['--yolo'])).err).toContain(`asked until ${until};`)
      }
    } finally {
      vi.useRealTimers()
    }
  })

  it('has rules of its own, and allows no command that is denied', async () => {
    const yolo = {
      rules: [{ tool: 'note', verdict: 'ask' }],
      commands: [{ pattern: ['touch', '../made'], verdict: 'allow', whole: true }],
    }
    await user({ mode: 'ask', yolo })
    expect((await call('note', { text: 'x' }, ['--yolo'])).code).toBe(3)
    expect((await call('exec', { command: 'touch ../made' })).code).toBe(3)
    expect((await call('exec', { command: 'touch ../made' }, ['--yolo'])).code).toBe(0)
    expect((await call('exec', { command: 'touch ../other' }, ['--yolo'])).code).toBe(3)
    expect((await call('exec', { command: 'rm -rf ~' }, ['--yolo', '--yes'])).out).toContain('destroys-files')
    expect((await transcripts()).trim().split('\n')).toHaveLength(1)
    expect((await call('note', { text: 'x' }, ['--yolo', '--mode', 'plan'])).out).toContain('Planning')
    await user({ yolo: { hours: 25 } })
    expect((await call('note', { text: 'x' }, ['--yolo'])).err).toContain(
      'permissions.yolo.hours: expected at most 24',
    )
  })
})

describe('ashlar policy check', () => {
  it('goes by the configuration, and names the rule, the file and the line', async () => {
    await user({ commands: [{ pattern: ['make', 'deploy'], verdict: 'allow' }] })
    await write(
      'project/ashlar.config.yaml',
      'permissions:\n  commands:\n    - { pattern: [git], verdict: ask }\nagents:\n  docs: { permissions: { commands: [{ pattern: [ls], verdict: deny }] } }\n',
    )
    const check = async (...words: string[]): Promise<unknown> => {
      const terminal = terminalOf()
      expect(await terminal.run('policy', 'check', '--json', ...words)).toBe(0)
      return JSON.parse(terminal.out())
    }
    expect(await check('make deploy')).toMatchObject({
      verdict: 'allow',
      rule: 'user:make deploy',
      source: `${root}/home/ashlar/ashlar.config.json:4:4`,
    })
    expect(await check('git status')).toMatchObject({
      verdict: 'ask',
      rule: 'user:git',
      source: `${project}/ashlar.config.yaml:3:7`,
    })
    expect(await check('ls')).toMatchObject({ verdict: 'allow', rule: 'known-safe' })
    expect(await check('ls', '--agent', 'docs')).toMatchObject({
      verdict: 'deny',
      source: expect.stringMatching(/ashlar\.config\.yaml:5:\d+$/),
    })
    const shown = terminalOf()
    expect(await shown.run('config', 'show', '--origin', '--agent', 'docs', 'permissions')).toBe(0)
    expect(shown.out()).toMatch(
      /permissions\.commands\[2\]\.verdict +deny +project: .*ashlar\.config\.yaml:5:/,
    )
  })
})
