import { captureIo } from '@ashlar/command/testing'
import { describe, expect, it } from 'vitest'
import { ashlarSchema } from './ashlar-schema.ts'
import { configCommand, createConfigCommand } from './cli.ts'
import { createFolders, type Folders } from './fixture-folders.ts'

const run = async (folders: Folders, args: readonly string[], env: Record<string, string> = {}) => {
  const io = captureIo({ cwd: folders.project, env: { ...folders.env, ...env } })
  const code = await configCommand.run(args, io)
  return {
    code,
    out: io.out().replaceAll(`${folders.root}/`, ''),
    err: io.err().replaceAll(`${folders.root}/`, ''),
  }
}

const withFiles = async (): Promise<Folders> => {
  const folders = await createFolders()
  await folders.write(
    'home/ashlar/ashlar.config.json',
    '{\n  "providers": { "openai": { "apiKey": "sk-CANARY0123456789" } }\n}',
  )
  await folders.write(
    'project/ashlar.config.yaml',
    'model: a/b\nlimits: { steps: 5 }\nagents:\n  docs: { model: c/d }\n',
  )
  return folders
}

describe('ashlar config show', () => {
  it('prints what holds, secrets masked', async () => {
    await using folders = await withFiles()
    const { code, out, err } = await run(folders, ['show', '--set', 'limits.tokens=100'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('providers.openai.apiKey  ********\n')
    expect(out).toContain('limits.tokens            100\n')
    expect(out).not.toContain('CANARY')
  })

  it('says where each comes from', async () => {
    await using folders = await withFiles()
    const { out } = await run(folders, ['show', '--origin', '--set', 'limits.tokens=100'], {
      ASHLAR_LIMITS__STEPS: '6',
    })
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['providers.openai.apiKey', '********', 'user: home/ashlar/ashlar.config.json:2:40'],
      ['model', 'a/b', 'project: project/ashlar.config.yaml:1:8'],
      ['limits.steps', '6', 'env: ASHLAR_LIMITS__STEPS'],
      ['limits.tokens', '100', 'flags: limits.tokens'],
      ['agents.docs.model', 'c/d', 'project: project/ashlar.config.yaml:4:18'],
      [''],
    ])
  })

  it('prints a part, an agent, JSON', async () => {
    await using folders = await withFiles()
    expect((await run(folders, ['show', 'limits'])).out).toBe('limits.steps  5\n')
    expect((await run(folders, ['show', 'nothing'])).code).toBe(1)
    expect((await run(folders, ['show', 'model', '--agent', 'docs'])).out).toBe('model  c/d\n')
    const { out } = await run(folders, ['show', '--json'])
    expect(JSON.parse(out)).toEqual({
      model: 'a/b',
      limits: { steps: 5 },
      providers: { openai: { apiKey: '********' } },
      agents: { docs: { model: 'c/d' } },
    })
    expect(JSON.parse((await run(folders, ['show', 'model', '--json', '--origin'])).out)).toEqual([
      {
        path: 'model',
        value: 'a/b',
        origin: { layer: 'project', file: 'project/ashlar.config.yaml', line: 1, column: 8 },
      },
    ])
  })

  it('tells everything that is wrong', async () => {
    await using folders = await withFiles()
    const { code, out, err } = await run(folders, ['show', '--set', 'limits.steps=x', '--set', 'modle=y'])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err.split('\n').toSorted()).toEqual([
      '',
      'limits.steps limits.steps: expected integer, received string',
      'modle modle: unknown key; did you mean "model"?',
    ])
    expect((await run(folders, ['show', '--set', 'x'])).code).toBe(2)
  })
})

it('ashlar config show refuses an agent that has no section', async () => {
  await using folders = await withFiles()
  const { code, out, err } = await run(folders, ['show', '--agent', 'dosc'])
  expect([code, out, err]).toEqual([
    1,
    '',
    'ashlar config show: no section of an agent "dosc"; did you mean "docs"?\n',
  ])
  expect((await run(folders, ['show', '--agent', 'docs'])).code).toBe(0)
})

describe('ashlar config validate', () => {
  it('says that it is good, and notes variables that name nothing', async () => {
    await using folders = await withFiles()
    expect(await run(folders, ['validate'], { ASHLAR_LIMIT__STEPS: '1' })).toEqual({
      code: 0,
      out: 'good: home/ashlar/ashlar.config.json, project/ashlar.config.yaml\n',
      err: 'note: ASHLAR_LIMIT__STEPS names no setting; was "limits" meant?\n',
    })
    const { out } = await run(folders, ['validate', '--json'])
    expect(JSON.parse(out)).toMatchObject({ valid: true, unused: [] })
  })

  it('refuses a variable that misspells a setting of a known section', async () => {
    await using folders = await withFiles()
    const { code, err } = await run(folders, ['validate'], { ASHLAR_LIMITS__STPES: '1' })
    expect([code, err]).toEqual([
      1,
      'ASHLAR_LIMITS__STPES limits.STPES: unknown key; did you mean "steps"?\n',
    ])
    const other = await run(folders, ['validate'], { ASHLAR_POSTGRES_URL: 'x' })
    expect([other.code, other.err]).toEqual([0, 'note: ASHLAR_POSTGRES_URL names no setting\n'])
  })

  it('says what is wrong, as text and as JSON', async () => {
    await using folders = await withFiles()
    await folders.write('project/ashlar.config.yaml', 'limits: { stpes: 5 }\npermissions: { mode: auto }\n')
    const { code, err } = await run(folders, ['validate'])
    expect(code).toBe(1)
    expect(err.split('\n')).toEqual([
      'project/ashlar.config.yaml:1:11 limits.stpes: unknown key; did you mean "steps"?',
      'project/ashlar.config.yaml:2:22 permissions.mode: loosens a policy: a project may only tighten it (plan < ask < auto); nothing else sets it',
      '',
    ])
    const json = await run(folders, ['validate', '--json'])
    expect(json.code).toBe(1)
    expect(JSON.parse(json.out)).toMatchObject({
      valid: false,
      issues: [{ path: 'limits.stpes', line: 1, column: 11 }, { line: 2 }],
    })
  })
})

describe('ashlar config trust', () => {
  it('trusts configuration files only', async () => {
    await using folders = await createFolders()
    const other = await folders.write('project/passwd', 'x')
    const { code, err } = await run(folders, ['trust', other])
    expect([code, err]).toEqual([2, expect.stringContaining('expected a file named *.config.{ts,')])
    expect((await run(folders, ['trust', '--list'])).out.trim()).toBe('')
    const file = await folders.write('project/mine.config.json', '{}')
    expect((await run(folders, ['trust', file])).code).toBe(0)
  })

  it('trusts the file of the project, lists, and takes it back', async () => {
    await using folders = await createFolders()
    await folders.write('project/ashlar.config.json', '{ "model": "${command:echo a/b}" }')
    const refused = await run(folders, ['validate'])
    expect(refused.code).toBe(1)
    expect(refused.err).toContain(
      'this runs a command, so it needs your trust: read it, then run `ashlar config trust',
    )
    const { code, out } = await run(folders, ['trust'])
    expect(code).toBe(0)
    expect(out).toMatch(/^trusted project\/ashlar.config.json \(sha256 [0-9a-f]{12}\)\n$/)
    expect((await run(folders, ['validate'])).code).toBe(0)
    expect((await run(folders, ['trust', '--list'])).out).toContain('project/ashlar.config.json')
    expect((await run(folders, ['trust', 'ashlar.config.json', '--revoke'])).out).toContain(
      'is trusted no longer',
    )
    expect((await run(folders, ['trust', '--revoke'])).out).toContain('was not trusted')
    expect((await run(folders, ['validate'])).code).toBe(1)
  })

  it('says when there is nothing to trust', async () => {
    await using folders = await createFolders()
    expect((await run(folders, ['trust'])).err).toContain('there is no ashlar.config.*')
    expect((await run(folders, ['trust', 'none.config.json'])).code).toBe(1)
  })
})

describe('ashlar config schema', () => {
  it('prints the schema', async () => {
    await using folders = await createFolders()
    expect(JSON.parse((await run(folders, ['schema'])).out)).toEqual(ashlarSchema)
  })
})

describe('a check of what only others know', () => {
  it('is told with its place, by every command that loads, when nothing else is wrong', async () => {
    await using folders = await createFolders()
    await folders.write(
      'project/ashlar.config.yaml',
      'permissions:\n  commands:\n    - pattern: [x]\n      verdict: deny\n',
    )
    const command = createConfigCommand({
      check: ({ permissions }) =>
        (permissions?.commands ?? []).map((_, index) => ({
          message: 'not this one',
          path: ['permissions', 'commands', index, 'verdict'],
        })),
    })
    const issue = 'ashlar.config.yaml:4:16 permissions.commands[0].verdict: not this one'
    for (const args of [['show'], ['validate']]) {
      const io = captureIo({ cwd: folders.project, env: folders.env })
      expect([await command.run(args, io), io.out()]).toEqual([1, ''])
      expect(io.err()).toContain(issue)
    }
    expect((await run(folders, ['show', '--origin', 'permissions'])).out).toContain(
      'permissions.commands[0].verdict     deny  project: project/ashlar.config.yaml:4:16',
    )
    await folders.write(
      'project/ashlar.config.yaml',
      'modle: a/b\npermissions: { commands: [{ pattern: [x], verdict: deny }] }',
    )
    const io = captureIo({ cwd: folders.project, env: folders.env })
    expect([await command.run(['validate'], io), io.err()]).toEqual([
      1,
      expect.not.stringContaining('not this'),
    ])
  })
})
