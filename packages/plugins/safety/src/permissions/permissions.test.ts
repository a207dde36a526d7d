import { mkdtemp, readFile, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent, PluginError, tool, type Tools } from '@ashlar/core'
import { fakeClock, scriptedModel } from '@ashlar/testing'
import { testPlugin } from '@ashlar/testing/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createYoloSession,
  decide,
  defineRules,
  jsonlTranscript,
  type PermissionCall,
  type PermissionRule,
  permissions,
  type PermissionsOptions,
  type YoloEntry,
} from './index.ts'

const rules = defineRules([
  { tool: 'workspace.*', verdict: 'allow' },
  { tool: 'workspace.write', input: { path: ['*.env', '**/.git/**'] }, verdict: 'deny', why: 'Not there.' },
  { tool: 'workspace.write', input: { path: 'docs/*' }, verdict: 'ask' },
  { tool: 'exec', input: { command: 'git *' }, verdict: 'allow' },
  { tool: 'exec', input: { argv: 'npm test*' }, verdict: 'allow' },
  { tool: 'read', agent: 'intern*', verdict: 'ask' },
  { tool: 'copy', input: { 'files.*': 'src/*' }, verdict: 'allow' },
  { tool: 'copy', input: { 'files.*': '*secret*' }, verdict: 'deny' },
])
const verdict = (call: PermissionCall) => decide(call, rules).verdict

describe('decide', () => {
  it.each<[string, PermissionCall, string, string]>([
    ['a glob on the name', { tool: 'workspace.read' }, 'allow', 'rules[0]'],
    ['the more specific rule', { tool: 'workspace.write', input: { path: 'docs/a.md' } }, 'ask', 'rules[2]'],
    ['deny over all', { tool: 'workspace.write', input: { path: 'docs/.env' } }, 'deny', 'rules[1]'],
    ['a glob on a field', { tool: 'exec', input: { command: 'git status' } }, 'allow', 'rules[3]'],
    ['a list as one text', { tool: 'exec', input: { argv: ['npm', 'test'] } }, 'allow', 'rules[4]'],
    ['an agent', { tool: 'read', agent: 'intern-2', readOnly: true }, 'ask', 'rules[5]'],
    ['read-only by default', { tool: 'read', agent: 'senior', readOnly: true }, 'allow', 'default:read-only'],
    ['a person by default', { tool: 'other', readOnly: false }, 'ask', 'default:ask'],
    ['every value for allow', { tool: 'copy', input: { files: ['src/a', 'src/b'] } }, 'allow', 'rules[6]'],
    [
      'one value is not enough for allow',
      { tool: 'copy', input: { files: ['src/a', '/b'] } },
      'ask',
      'default:ask',
    ],
    [
      'one value is enough for deny',
      { tool: 'copy', input: { files: ['src/a', 'secret'] } },
      'deny',
      'rules[7]',
    ],
    ['what is no text, for deny', { tool: 'copy', input: { files: [{}] } }, 'deny', 'rules[7]'],
    ['a missing field', { tool: 'exec', input: {} }, 'ask', 'default:ask'],
    ['an input that is a text', { tool: 'exec', input: 'git status' }, 'ask', 'default:ask'],
  ])('goes by %s', (_, call, expected, rule) => {
    expect(decide(call, rules)).toMatchObject({ verdict: expected, rule, why: expect.stringMatching(/./) })
  })

  it('takes the why of the rule', () => {
    expect(decide({ tool: 'workspace.write', input: { path: '.env' } }, rules).why).toBe('Not there.')
  })

  it.each([
    'git status; rm -rf .',
    'git log | sh',
    'git status && id',
    'git show $(id)',
    'git show `id`',
    'git x > /etc/passwd',
    'git status\nid',
    'git -C ../other status',
    'git log <(id)',
    'git x & id',
  ])('lets no wildcard of an allow rule stand for %j', (command) => {
    expect(verdict({ tool: 'exec', input: { command } })).toBe('ask')
    const any = defineRules([
      { tool: 'exec', input: { command: 'git *' }, verdict: 'allow', wildcards: 'any' },
    ])
    expect(decide({ tool: 'exec', input: { command } }, any).verdict).toBe('allow')
  })

  it('plans with read-only tools alone, and allows the rest in auto mode', () => {
    const all = defineRules([{ tool: '*', verdict: 'allow' }])
    expect(decide({ tool: 'x' }, all, { mode: 'plan' })).toMatchObject({ verdict: 'deny', rule: 'mode:plan' })
    expect(decide({ tool: 'x', readOnly: true }, [], { mode: 'plan' }).verdict).toBe('allow')
    expect(decide({ tool: 'x' }, [], { mode: 'auto' })).toMatchObject({ verdict: 'allow', rule: 'mode:auto' })
    const asks = defineRules([{ tool: 'x', verdict: 'ask' }])
    expect(decide({ tool: 'x' }, asks, { mode: 'auto' }).verdict).toBe('ask')
  })

  const rule = fc.record({
    tool: fc.constantFrom('*', 'a*', 'ab', 'b', '?b'),
    verdict: fc.constantFrom<PermissionRule['verdict'][]>('allow', 'ask', 'deny'),
    agent: fc.constantFrom('*', 'me', 'm*'),
    input: fc.constantFrom<Record<string, string>[]>({ p: '*' }, { p: 'x*' }, { q: 'y' }),
  })
  const some = fc.array(rule, { maxLength: 8 })
  const call = fc.record({
    tool: fc.constantFrom('a', 'ab', 'b', 'cb'),
    agent: fc.constantFrom('me', 'you'),
    readOnly: fc.boolean(),
    input: fc.constantFrom({ p: 'x1' }, { q: 'y' }, {}, { p: 'z', q: 'y' }),
  })

  it('denies whenever a rule that matches denies, whatever the mode, the session and the order', () => {
    fc.assert(
      fc.property(
        some,
        some,
        call,
        fc.constantFrom<('ask' | 'auto' | 'plan')[]>('ask', 'auto', 'plan'),
        (own, yolos, asked, mode) => {
          const yolo = { isActive: () => true, rules: yolos }
          const got = decide(asked, own, { mode, yolo })
          const denies = [...own, ...yolos].some(
            (one) => one.verdict === 'deny' && decide(asked, [one]).verdict === 'deny',
          )
          if (denies) expect(got.verdict).toBe('deny')
          else if (mode !== 'plan' || asked.readOnly) expect(got.verdict).not.toBe('deny')
          if (mode === 'plan' && !asked.readOnly) expect(got.verdict).toBe('deny')
          expect(decide(asked, own.toReversed(), { mode, yolo }).verdict).toBe(
            decide(asked, own, { mode, yolo: { ...yolo, rules: yolos.toReversed() } }).verdict,
          )
        },
      ),
    )
  })
})

describe('rules that are added', () => {
  const tool = fc.constantFrom('*', 'a*', 'ab', 'b', '?b')
  const input = fc.constantFrom<Record<string, string>[]>({ p: '*' }, { p: 'x*' })
  const ruleOf = (...verdicts: PermissionRule['verdict'][]) =>
    fc.array(
      fc.record(
        { tool, verdict: fc.constantFrom(...verdicts), input },
        { requiredKeys: ['tool', 'verdict'] },
      ),
      { maxLength: 5 },
    )
  const call = fc.record({
    tool: fc.constantFrom('a', 'ab', 'b'),
    readOnly: fc.boolean(),
    input: fc.constantFrom({ p: 'x1' }, {}),
  })
  const mode = fc.constantFrom<('ask' | 'auto' | 'plan')[]>('ask', 'auto', 'plan')

  it('never loosen when they ask or deny', () => {
    const rank = { allow: 0, ask: 1, deny: 2 }
    fc.assert(
      fc.property(
        ruleOf('allow', 'ask', 'deny'),
        ruleOf('ask', 'deny'),
        call,
        mode,
        (own, added, asked, is) => {
          const before = decide(asked, own, { mode: is })
          const after = decide(asked, [...own, ...added], { mode: is })
          expect(rank[after.verdict]).toBeGreaterThanOrEqual(rank[before.verdict])
          const session = { isActive: () => true, rules: own }
          const wider = { isActive: () => true, rules: [...own, ...added] }
          expect(rank[decide(asked, [], { yolo: wider }).verdict]).toBeGreaterThanOrEqual(
            rank[decide(asked, [], { yolo: session }).verdict],
          )
        },
      ),
    )
  })
})

describe('defineRules', () => {
  it('tells all that is wrong, with its path', () => {
    const wrong: unknown = [
      { tool: '', verdict: 'maybe', tols: 'x' },
      7,
      { tool: ['a', 1], verdict: 'deny', input: {}, agent: [], why: 3, wildcards: 'all' },
      { tool: 'a', verdict: 'ask', input: { 'a..b': 'x', ok: [] } },
      { tool: 'a', verdict: 'ask', input: 'x' },
    ]
    const define: (rules: never) => unknown = defineRules
    const error = (() => {
      try {
        return Reflect.apply(define, undefined, [wrong])
      } catch (thrown) {
        return thrown
      }
    })()
    expect(String(error)).toBe(`InvalidArgument: rules: expected rules without errors:
  rules[0].tols: is not known; known are verdict, tool, agent, input, wildcards, why
  rules[0].verdict: expected allow, ask or deny, received "maybe"
  rules[0].tool: expected a glob, received ""
  rules[1]: expected a rule, as { "tool": "git_*", "verdict": "allow" }
  rules[2].tool[1]: expected a glob, received 1
  rules[2].agent: expected at least one glob
  rules[2].input: expected at least one path
  rules[2].wildcards: expected safe or any, received "all"
  rules[2].why: expected a text
  rules[3].input["a..b"]: expected names with dots between
  rules[3].input["ok"]: expected at least one glob
  rules[4].input: expected globs by path, as { "command": "git *" }
, received "12 errors"`)
    expect(() => Reflect.apply(define, undefined, [{}])).toThrow(/rules: expected a list of rules/)
  })

  it('gives a copy that nobody changes', () => {
    const given = [{ tool: 'a', verdict: 'deny' as 'deny' | 'allow' }]
    const [first] = defineRules(given)
    for (const one of given) one.verdict = 'allow'
    expect(first?.verdict).toBe('deny')
    expect(Object.isFrozen(first)).toBe(true)
  })
})

const done: string[] = []
const tools: Tools = {
  look: tool({
    description: 'Looks.',
    input: { type: 'object' },
    annotations: { readOnly: true },
    execute: async () => 'seen',
  }),
  write: tool({
    description: 'Writes.',
    input: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
    execute: async ({ path }) => {
      done.push(path)
      return `wrote ${path}`
    },
  }),
}
const calling = (name: string, path: string) =>
  scriptedModel([{ toolCalls: [{ name, input: { path } }] }, 'Done.'])
const agentWith = (options: PermissionsOptions, name = 'write', path = 'a.txt') =>
  createAgent({ name: 'mason', model: calling(name, path), tools, plugins: [permissions(options)] })

describe('permissions', () => {
  testPlugin({ name: 'permissions', create: () => permissions({ mode: 'auto' }) }, { describe, it })

  it('pauses until a person decides, and tells every decision', async () => {
    const decisions: unknown[] = []
    const agent = agentWith({
      onDecision: ({ tool: name }, { verdict: is, rule }) => decisions.push([name, is, rule]),
    })
    const paused = await agent.run('Write.')
    expect(paused.reason).toBe('paused')
    const [call] = paused.pending
    const result = await agent.run(paused, { approvals: { [call?.callId ?? '']: true } })
    expect([result.text, done.splice(0)]).toEqual(['Done.', ['a.txt']])
    expect(decisions).toEqual([
      ['write', 'ask', 'default:ask'],
      ['write', 'ask', 'default:ask'],
    ])
  })

  it('refuses what is denied with words for the model, also when a person approved', async () => {
    const deny = defineRules([{ tool: 'write', verdict: 'deny', why: 'Read-only Friday.' }])
    const { messages } = await agentWith({ rules: deny }).run('Write.')
    expect(JSON.stringify(messages)).toContain('Not allowed: write (rules[0]). Read-only Friday.')
    const planning = await agentWith({ mode: 'plan' }).run('Write.')
    expect(JSON.stringify(planning.messages)).toContain('Planning: only tools that change nothing run.')
    const paused = await agentWith({}).run('Write.')
    const approvals = { [paused.pending[0]?.callId ?? '']: true as const }
    const again = createAgent({
      model: scriptedModel(['Sorry.']),
      tools,
      plugins: [permissions({ rules: deny })],
    })
    expect((await again.run(paused, { approvals })).text).toBe('Sorry.')
    expect(done.splice(0)).toEqual([])
  })

  it('asks another check, and takes the stricter of the two', async () => {
    const allow = defineRules([{ tool: '*', verdict: 'allow' }])
    const check: PermissionsOptions['check'] = async ({ tool: name }) => ({
      verdict: 'ask',
      rule: 'shell',
      why: name,
    })
    expect((await agentWith({ rules: allow, check }).run('Write.')).reason).toBe('paused')
    const broken: unknown = () => ({ verdict: 'yes' })
    const options = Object.assign({ rules: allow }, { check: broken })
    const plugin = Reflect.apply(permissions, undefined, [options])
    const agent = createAgent({ model: calling('write', 'b'), tools, plugins: [plugin] })
    expect(JSON.stringify(await agent.run('Write.'))).toContain('The check gave no verdict')
  })

  it('goes by the check alone where no rule speaks, and gives it the call with its tool', async () => {
    const seen: unknown[] = []
    const says = (verdict: 'allow' | 'ask' | 'deny'): NonNullable<PermissionsOptions['check']> => {
      return (_, { tool: of, call }) => {
        seen.push([of.description, call.name])
        return { verdict, rule: 'shell', why: 'Said so.' }
      }
    }
    expect((await agentWith({ check: says('allow') }).run('Write.')).reason).toBe('done')
    expect((await agentWith({ check: says('ask') }).run('Write.')).reason).toBe('paused')
    expect((await agentWith({ check: () => undefined }).run('Write.')).reason).toBe('paused')
    expect(JSON.stringify(await agentWith({ check: says('deny') }).run('Write.'))).toContain('(shell)')
    const ask = defineRules([{ tool: 'write', verdict: 'ask' }])
    expect((await agentWith({ rules: ask, check: says('allow') }).run('Write.')).reason).toBe('paused')
    expect(JSON.stringify(await agentWith({ mode: 'plan', check: says('allow') }).run('Write.'))).toContain(
      'Planning',
    )
    expect(done.splice(0)).toEqual(['a.txt'])
    expect(seen[0]).toEqual(['Writes.', 'write'])
  })

  it('wants a mode that there is', () => {
    expect(() => Reflect.apply(permissions, undefined, [{ mode: 'yolo' }])).toThrow(
      /mode: expected ask, auto or plan/,
    )
  })
})

describe('rules about paths', () => {
  const root = '/srv/mason'
  const byPath = (verdict: PermissionRule['verdict'], glob: string): PermissionRule => ({
    verdict,
    tool: ['read', 'write'],
    input: { path: glob },
  })
  const everything: PermissionRule = { tool: '*', verdict: 'allow' }
  const of = (own: readonly PermissionRule[], path: unknown) =>
    decide({ tool: 'read', input: { path } }, defineRules([everything, ...own]), { root }).verdict
  const spellings = [
    'infra/key',
    './infra/key',
    './/./infra//key',
    'x/../infra/key',
    'infra/../infra/./key',
    '../mason/infra/key',
    String.raw`infra\key`,
    String.raw`.\x\..\infra\key`,
    '/srv/mason/infra/key',
    '/srv/./x/../mason/infra/key',
    '/srv/mason/infra/key/',
  ]

  it.each(spellings)('that take away see through %s', (path) => {
    for (const verdict of ['deny', 'ask'] as const)
      for (const glob of ['infra/*', './infra/*', 'infra/key', '/srv/mason/infra/*'])
        expect(of([byPath(verdict, glob)], path)).toBe(verdict)
    expect(of([{ ...byPath('deny', 'infra/*'), input: { 'path.*': 'infra/*' } }], ['a', path])).toBe('deny')
    expect(of([byPath('deny', 'infra/* b')], [path, 'b'])).toBe('deny')
  })

  it.each([
    'infrared/key',
    'x/infra/key',
    '/srv/infra/key',
    '/srv/mason2/infra/key',
    '../infra/key',
    'infra',
  ])('that take away leave %s alone', (path) =>
    expect(of([byPath('deny', 'infra/*'), byPath('ask', './infra/*')], path)).toBe('allow'),
  )

  it.each(spellings.slice(1))('that allow do not see through %s', (path) => {
    const only = defineRules([byPath('allow', 'infra/*')])
    expect(decide({ tool: 'read', input: { path } }, only, { root }).verdict).toBe('ask')
  })

  it('follow a root that is a link, and one that is not there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ashlar-root-'))
    await symlink(folder, `${folder}-link`)
    const deny = defineRules([everything, byPath('deny', 'infra/*')])
    const at = (path: string) =>
      decide({ tool: 'read', input: { path } }, deny, { root: `${folder}-link` }).verdict
    expect([at(`${folder}/infra/key`), at(`${folder}-link/infra/key`), at(`${folder}/x`)]).toEqual([
      'deny',
      'deny',
      'allow',
    ])
  })

  it('see an absolute path as each of its ends where the root is not known', () => {
    const at = (path: string, glob = 'infra/*') =>
      decide({ tool: 'read', input: { path } }, defineRules([everything, byPath('deny', glob)])).verdict
    for (const path of [
      '/srv/mason/infra/key',
      '/infra/key',
      '/srv/x/../infra/./key',
      String.raw`C:\a\infra\key`,
    ])
      expect([at(path), at(path, './infra/key'), at(path, '*.key')]).toEqual(['deny', 'deny', 'allow'])
    for (const path of ['x/infra/key', '/srv/infrared/key', '/srv/myinfra/key', './x/infra/key'])
      expect(at(path)).toBe('allow')
  })

  it('see an asked-for spelling as specific as its plain form', () => {
    const own = [byPath('ask', 'infra/*'), byPath('allow', './*')]
    expect(of(own, './infra/key')).toBe('ask')
    expect(of(own, './other/key')).toBe('allow')
  })

  it('never let a rewritten path out of a deny', () => {
    const step = fc.constantFrom('.', 'x/..', '', 'x/./..')
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5 }), fc.constantFrom('/', '\\'), (steps, slash) => {
        const path = ['.', ...steps, 'infra', ...steps, 'key'].join('/').replaceAll('/', slash)
        expect(of([byPath('deny', 'infra/*')], path)).toBe('deny')
      }),
    )
  })

  it('hold in the plugin by its root', async () => {
    const own = [everything, { tool: 'look', input: { path: 'infra/*' }, verdict: 'deny' }] as const
    const told = async (options: PermissionsOptions) =>
      JSON.stringify(await agentWith(options, 'look', '/srv/mason/infra/key').run('Look.'))
    expect(await told({ rules: own, root })).toContain('Not allowed')
    expect(await told({ rules: own, root: '/srv/other' })).not.toContain('Not allowed')
    expect(await told({ rules: own })).toContain('Not allowed')
  })
})

describe('options that are spelled wrongly', () => {
  it.each<[string, (options: object) => unknown, object]>([
    ['permissions', permissions, { rulez: [] }],
    [
      'createYoloSession',
      (options) => Reflect.apply(createYoloSession, undefined, [options]),
      { durationHours: 2 },
    ],
  ])('are refused by %s', (name, make, options) => {
    expect(() => make({ transcript: () => {}, ...options })).toThrow(/an unknown option/)
    expect(() =>
      make(name === 'permissions' ? { rules: [] } : { transcript: () => {}, durationMs: 5 }),
    ).not.toThrow()
  })
})

describe('a yolo session', () => {
  it('keeps asking where a rule of the agent asks, unless one of its own speaks', () => {
    const own = defineRules([
      { tool: 'deploy', verdict: 'ask' },
      { tool: 'deploy', input: { to: 'staging' }, verdict: 'allow' },
    ])
    const yolo = (list: readonly PermissionRule[] = []) => ({ isActive: () => true, rules: list })
    const at = (to: string, list?: readonly PermissionRule[]) =>
      decide({ tool: 'deploy', input: { to } }, own, { yolo: yolo(list) })
    expect(at('production')).toMatchObject({ verdict: 'ask', rule: 'rules[0]' })
    expect(at('staging')).toMatchObject({ verdict: 'allow', rule: 'yolo' })
    expect(at('production', [{ tool: 'deploy', verdict: 'allow' }]).verdict).toBe('allow')
    expect(decide({ tool: 'other' }, own, { yolo: yolo() })).toMatchObject({ verdict: 'allow', rule: 'yolo' })
  })

  const start = Date.UTC(2026, 10, 21, 9)
  it('lasts four hours, writes down what it allows, and asks again after that', async () => {
    const clock = fakeClock(start)
    const entries: YoloEntry[] = []
    const transcript = (entry: YoloEntry) => void entries.push(entry)
    const yolo = createYoloSession({
      transcript,
      clock,
      rules: [{ tool: 'write', input: { path: '*.lock' }, verdict: 'ask' }],
    })
    expect(yolo.until - start).toBe(4 * 3_600_000)
    expect((await agentWith({ yolo }, 'write', 'ghp_0123456789abcdefghijABCD').run('Write.')).reason).toBe(
      'done',
    )
    expect(entries).toEqual([
      {
        time: '2026-11-21T09:00:00.000Z',
        runId: expect.any(String),
        callId: 'call_1',
        agent: 'mason',
        tool: 'write',
        input: { path: '[redacted:api-key]' },
        rule: 'yolo',
        why: 'The session allows what no rule asks about.',
      },
    ])
    expect((await agentWith({ yolo }, 'write', 'x.lock').run('Write.')).reason).toBe('paused')
    const deny = defineRules([{ tool: 'write', verdict: 'deny' }])
    expect(JSON.stringify(await agentWith({ yolo, rules: deny }).run('Write.'))).toContain('Not allowed')
    expect(JSON.stringify(await agentWith({ yolo, mode: 'plan' }).run('Write.'))).toContain('Planning')
    await clock.advance(4 * 3_600_000)
    expect((await agentWith({ yolo }).run('Write.')).reason).toBe('paused')
    expect(entries).toHaveLength(1)
    done.length = 0
  })

  it('ends when told, and when the clock is set back', () => {
    let now = start
    const clock = { ...fakeClock(start), now: () => now }
    const yolo = createYoloSession({ transcript: () => {}, clock, until: new Date(start + 60_000) })
    expect(yolo.isActive()).toBe(true)
    now = start - 1
    expect(yolo.isActive()).toBe(false)
    now = start + 59_999
    expect(yolo.isActive()).toBe(true)
    yolo.end()
    expect(yolo.isActive()).toBe(false)
  })

  it('allows nothing that it cannot write down', async () => {
    const yolo = createYoloSession({
      transcript: () => {
        throw new Error('disk full')
      },
    })
    await expect(agentWith({ yolo }).run('Write.')).rejects.toThrow(PluginError)
    expect(done).toEqual([])
  })

  it.each([
    [{ durationMs: 0 }],
    [{ durationMs: 25 * 3_600_000 }],
    [{ durationMs: Number.NaN }],
    [{ until: start - 1 }],
  ])('refuses %j', (options) => {
    expect(() => createYoloSession({ transcript: () => {}, clock: fakeClock(start), ...options })).toThrow(
      /expected an end within the next 24 hours/,
    )
  })

  it('appends lines of JSON to a file of its owner, and follows no link', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ashlar-yolo-'))
    const file = join(folder, 'yolo.jsonl')
    const yolo = createYoloSession({ transcript: jsonlTranscript(file) })
    await agentWith({ yolo }, 'write', 'one').run('Write.')
    await agentWith({ yolo }, 'look', 'two').run('Look.')
    const lines = (await readFile(file, 'utf8')).trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).tool)).toEqual(['write', 'look'])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await symlink(file, join(folder, 'link'))
    const linked = createYoloSession({ transcript: jsonlTranscript(join(folder, 'link')) })
    await expect(agentWith({ yolo: linked }).run('Write.')).rejects.toThrow(/ELOOP/)
    expect(() => Reflect.apply(createYoloSession, undefined, [{}])).toThrow(/transcript: expected a function/)
    done.length = 0
  })
})
