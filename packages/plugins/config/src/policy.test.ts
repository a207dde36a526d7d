import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ashlarPolicy, loadAshlarConfig } from './ashlar-config.ts'
import { createFolders } from './fixture-folders.ts'
import { checkLoosening, type Policy } from './policy.ts'
import { mergeTrees } from './config-tree.ts'
import { treeOfData } from './tree-builder.ts'

const loadWith = async (user: object, project: object, env: Record<string, string> = {}) => {
  await using folders = await createFolders()
  await folders.write('home/ashlar/ashlar.config.json', JSON.stringify(user))
  await folders.write('project/ashlar.config.json', JSON.stringify(project))
  return await loadAshlarConfig({ ...folders.options, env: { ...folders.env, ...env } }).then(
    ({ value }) => value,
    (error: unknown) => String(error).replaceAll(`${folders.root}/`, ''),
  )
}

const aDenied = { pattern: ['a'], verdict: 'deny' }

describe('a project', () => {
  it.each([
    [{}, { permissions: { mode: 'plan' } }],
    [{ permissions: { mode: 'auto' } }, { permissions: { mode: 'auto' } }],
    [{ permissions: { mode: 'auto' } }, { permissions: { mode: 'ask' } }],
    [{ permissions: { tools: { exec: 'allow' } } }, { permissions: { tools: { exec: 'deny' } } }],
    [{}, { permissions: { tools: { exec: 'ask' } } }],
    [{}, { permissions: { commands: [{ pattern: ['a'], verdict: 'ask' }] } }],
    [{}, { permissions: { rules: [{ tool: 'a', verdict: 'deny' }] } }],
    [{}, { permissions: { yolo: { hours: 3, commands: [{ pattern: ['a'], verdict: 'deny' }] } } }],
    [
      { permissions: { yolo: { hours: 12 } } },
      { permissions: { yolo: { hours: 12, rules: [{ tool: 'a', verdict: 'ask' }] } } },
    ],
    [{ budget: { usd: 5 } }, { budget: { usd: 4 } }],
    [{}, { budget: { usd: 4 } }],
    [{ telemetry: { content: true } }, { telemetry: { content: false } }],
    [{ providers: { a: { baseURL: 'x' } } }, { providers: { a: { baseURL: 'x', timeoutMs: 5 } } }],
    [{}, { agents: { docs: { permissions: { mode: 'plan' } } } }],
    [
      {},
      {
        limits: {
          steps: 20,
          tokens: 1000,
          callsPerTurn: 1,
          parallelCalls: 8,
          toolTimeoutMs: 60_000,
          repeats: 2,
        },
      },
    ],
    [{ limits: { steps: 90 } }, { limits: { steps: 80 }, agents: { docs: { limits: { steps: 70 } } } }],
    [{ telemetry: { enabled: true } }, { telemetry: { enabled: false } }],
    [{}, { telemetry: { enabled: false } }],
    [{ agents: { docs: { tools: ['a', 'b'] } } }, { agents: { docs: { tools: ['b'] } } }],
    [{}, { agents: { docs: { tools: ['b'] } } }],
    [{ providers: { a: { apiKey: '${env:K}' } } }, { providers: { a: { apiKey: '${env:K}' } } }],
  ])('may tighten %j by %j', async (user, project) => {
    expect(await loadWith(user, project)).toMatchObject(project)
  })

  it.each([
    [
      {},
      { permissions: { mode: 'auto' } },
      /permissions.mode: loosens a policy: .*plan < ask < auto.*nothing else sets it/,
    ],
    [
      { permissions: { mode: 'plan' } },
      { permissions: { mode: 'ask' } },
      /project\/ashlar.config.json:1:24 .*your file \(home\/ashlar\/ashlar.config.json:1:24\) set it/,
    ],
    [{ permissions: { mode: 'plan' } }, { permissions: { mode: 'other' } }, /loosens/],
    [{ permissions: { mode: 'plan' } }, { permissions: { mode: '${env:MODE}' } }, /loosens/],
    [{ permissions: { mode: 'plan' } }, { permissions: null }, /loosens/],
    [{ permissions: { mode: 'plan' } }, { permissions: [] }, /loosens/],
    [{ permissions: { tools: { exec: 'deny' } } }, { permissions: { tools: { exec: 'allow' } } }, /loosens/],
    [{}, { permissions: { tools: { exec: 'allow' } } }, /loosens/],
    [{ permissions: { commands: [aDenied] } }, { permissions: { commands: null } }, /only add items/],
    [{ permissions: { commands: [aDenied] } }, { permissions: { commands: {} } }, /only add items/],
    [
      { permissions: { commands: [aDenied] } },
      { permissions: { commands: [{ pattern: ['b'], verdict: 'allow' }] } },
      /project\/ashlar.config.json:1:56 permissions.commands\[1\].verdict: loosens a policy: .*deny < ask < allow/,
    ],
    [
      { permissions: { commands: [{ pattern: ['a'], verdict: 'allow' }] } },
      { permissions: { commands: [{ pattern: ['a'], verdict: '${env:V}' }] } },
      /permissions.commands\[1\].verdict: loosens/,
    ],
    [
      { agents: { docs: { permissions: { commands: [{ pattern: ['a'], verdict: 'allow' }] } } } },
      { agents: { docs: { permissions: { commands: [{ pattern: ['b'], verdict: 'allow' }] } } } },
      /permissions.commands\[1\].verdict: loosens a policy for the agent "docs"/,
    ],
    [
      {},
      { permissions: { rules: [{ tool: 'a', verdict: 'allow' }] } },
      /permissions.rules\[0\].verdict: loosens/,
    ],
    [{}, { permissions: { yolo: { hours: 5 } } }, /only lower it/],
    [
      {},
      { permissions: { yolo: { commands: [{ pattern: ['a'], verdict: 'allow' }] } } },
      /permissions.yolo.commands\[0\].verdict: loosens/,
    ],
    [{ budget: { usd: 5 } }, { budget: { usd: 6 } }, /only lower it/],
    [{ budget: { usd: 5 } }, { budget: { usd: '1' } }, /only lower it/],
    [{}, { telemetry: { content: true } }, /loosens/],
    [{}, { permissions: { yolo: { network: true } } }, /yolo.network: loosens/],
    [{}, { permissions: { yolo: { readable: ['/home/me/.ssh'] } } }, /yolo.readable: loosens/],
    [{}, { redact: false }, /redact: loosens/],
    [{}, { telemetry: { enabled: true } }, /telemetry.enabled: loosens/],
    [{}, { limits: { steps: 21 } }, /limits.steps: loosens .*only lower it; nothing else sets it/],
    [{}, { limits: { repeats: 4 } }, /limits.repeats: loosens/],
    [{}, { limits: { parallelCalls: 9 } }, /limits.parallelCalls: loosens/],
    [{}, { limits: { callsPerTurn: 17 } }, /limits.callsPerTurn: loosens/],
    [{}, { limits: { toolTimeoutMs: 60_001 } }, /limits.toolTimeoutMs: loosens/],
    [{ limits: { tokens: 5 } }, { limits: { tokens: 6 } }, /limits.tokens: loosens/],
    [
      { limits: { steps: 5 } },
      { agents: { docs: { limits: { steps: 6 } } } },
      /limits.steps: loosens a policy for the agent "docs"/,
    ],
    [
      { agents: { docs: { tools: ['a'] } } },
      { agents: { docs: { tools: ['a', 'b'] } } },
      /only take items away/,
    ],
    [{ agents: { docs: { tools: ['a'] } } }, { agents: { docs: { tools: 'all' } } }, /only take items away/],
    [
      {},
      { providers: { openai: { apiKey: 'sk-strangers' } } },
      /apiKey: loosens .*may not be set by a project/,
    ],
    [{}, { providers: { openai: { apiKey: '${env:AWS_SECRET_ACCESS_KEY}' } } }, /apiKey: loosens/],
    [
      { providers: { openai: { apiKey: 'mine' } } },
      { providers: { openai: { apiKey: 'theirs' } } },
      /apiKey: loosens .*your file .* set it/,
    ],
    [{}, { providers: { openai: { baseURL: 'https://evil.example' } } }, /may not be set by a project/],
    [
      { permissions: { mode: 'plan' } },
      { agents: { docs: { permissions: { mode: 'auto' } } } },
      /permissions.mode: loosens a policy for the agent "docs"/,
    ],
    [
      { agents: { docs: { permissions: { mode: 'plan' } } } },
      { agents: { docs: null } },
      /loosens a policy for the agent "docs"/,
    ],
  ])('may not loosen %j by %j', async (user, project, message) => {
    expect(await loadWith(user, project)).toMatch(message)
  })

  it('adds its rules to those that hold, for each agent too, and tells where each is from', async () => {
    await using folders = await createFolders()
    const of = (name: string, verdict: string) => ({
      permissions: { commands: [{ pattern: [name], verdict }] },
    })
    const user = { ...of('user', 'allow'), agents: { docs: of('user-docs', 'allow') } }
    const project = { ...of('project', 'ask'), agents: { docs: of('project-docs', 'deny') } }
    await folders.write('home/ashlar/ashlar.config.json', JSON.stringify(user))
    const file = await folders.write('project/ashlar.config.json', JSON.stringify(project, undefined, 1))
    const flags = { 'permissions.commands': JSON.stringify(of('flag', 'allow').permissions.commands) }
    const config = await loadAshlarConfig({ ...folders.options, flags })
    const names = (agent: string) =>
      config.forAgent(agent).permissions?.commands?.map(({ pattern }) => String(pattern))
    expect(names('docs')).toEqual(['user', 'project', 'flag', 'user-docs', 'project-docs'])
    expect(names('other')).toEqual(['user', 'project', 'flag'])
    const at = (index: number) => config.originOf(['permissions', 'commands', index], 'docs')
    expect([at(1), at(2)?.layer, at(4)]).toEqual([
      { layer: 'project', file, line: 4, column: 4 },
      'flags',
      { layer: 'project', file, line: 16, column: 6 },
    ])
  })

  it('does not bind the environment, which is the user’s', async () => {
    expect(
      await loadWith({}, { permissions: { mode: 'plan' } }, { ASHLAR_PERMISSIONS__MODE: 'auto' }),
    ).toMatchObject({
      permissions: { mode: 'auto' },
    })
  })
})

describe('loosening', () => {
  const verdict = fc.constantFrom('deny', 'ask', 'allow')
  const settings = fc.record(
    {
      mode: fc.constantFrom('plan', 'ask', 'auto'),
      tools: fc.dictionary(fc.constantFrom('a', 'b'), verdict, { noNullPrototype: true }),
    },
    { requiredKeys: [] },
  )
  const rank = (order: readonly string[], value: string | undefined): number => order.indexOf(value ?? 'ask')

  it('is found exactly where a value is looser than before', () => {
    const policy: Policy = {
      mode: { tighter: ['plan', 'ask', 'auto'], base: 'ask' },
      'tools.*': { tighter: ['deny', 'ask', 'allow'], base: 'ask' },
    }
    fc.assert(
      fc.property(settings, settings, (user, project) => {
        const before = treeOfData(user, { layer: 'user' }, [])
        const after = mergeTrees(before, treeOfData(project, { layer: 'project' }, []))
        if (!before || !after) return
        const looser = [
          ...(project.mode !== undefined &&
          rank(['plan', 'ask', 'auto'], project.mode) > rank(['plan', 'ask', 'auto'], user.mode)
            ? ['mode']
            : []),
          ...Object.entries(project.tools ?? {}).flatMap(([tool, to]) =>
            rank(['deny', 'ask', 'allow'], to) > rank(['deny', 'ask', 'allow'], user.tools?.[tool])
              ? [`tools.${tool}`]
              : [],
          ),
        ]
        const found = checkLoosening(policy, { before, after }).map(({ path }) => path.join('.'))
        expect(found.toSorted()).toEqual(looser.toSorted())
      }),
    )
  })

  it('of numbers goes both ways', () => {
    const of = (layer: 'user' | 'project', value: number) => treeOfData({ n: value }, { layer }, [])
    const policy: Policy = { n: { tighter: 'more' } }
    const check = (from: number, to: number): number => {
      const [before, after] = [of('user', from), of('project', to)]
      return before && after ? checkLoosening(policy, { before, after }).length : -1
    }
    expect([check(1, 2), check(2, 2), check(2, 1)]).toEqual([0, 0, 1])
    expect(Object.keys(ashlarPolicy).length).toBeGreaterThan(5)
  })
})
