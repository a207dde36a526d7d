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

describe('a project', () => {
  it.each([
    [{}, { permissions: { mode: 'plan' } }],
    [{ permissions: { mode: 'auto' } }, { permissions: { mode: 'auto' } }],
    [{ permissions: { mode: 'auto' } }, { permissions: { mode: 'ask' } }],
    [{ permissions: { tools: { exec: 'allow' } } }, { permissions: { tools: { exec: 'deny' } } }],
    [{}, { permissions: { tools: { exec: 'ask' } } }],
    [{ permissions: { denyPaths: ['a'] } }, { permissions: { denyPaths: ['b', 'a'] } }],
    [{ permissions: { allowCommands: ['a', 'b'] } }, { permissions: { allowCommands: ['b'] } }],
    [{ budget: { usd: 5 } }, { budget: { usd: 4 } }],
    [{}, { budget: { usd: 4 } }],
    [{ telemetry: { content: true } }, { telemetry: { content: false } }],
    [{ providers: { a: { baseURL: 'x' } } }, { providers: { a: { baseURL: 'x', timeoutMs: 5 } } }],
    [{}, { agents: { docs: { permissions: { mode: 'plan' } } } }],
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
    [{ permissions: { denyPaths: ['a', 'b'] } }, { permissions: { denyPaths: ['a'] } }, /only add items/],
    [{ permissions: { denyPaths: ['a'] } }, { permissions: { denyPaths: 'a' } }, /only add items/],
    [
      { permissions: { allowCommands: ['a'] } },
      { permissions: { allowCommands: ['a', 'b'] } },
      /only take items away/,
    ],
    [{ budget: { usd: 5 } }, { budget: { usd: 6 } }, /only lower it/],
    [{ budget: { usd: 5 } }, { budget: { usd: '1' } }, /only lower it/],
    [{}, { telemetry: { content: true } }, /loosens/],
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
