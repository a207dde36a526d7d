import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { captureIo } from '@ashlar/command/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { driftCommand } from './drift-command.ts'

let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ashlar-drift-'))
})
afterEach(() => rm(cwd, { recursive: true }))

const drift = async (...args: string[]) => {
  const io = captureIo({ cwd })
  const code = await driftCommand.run(args, io)
  return { code, out: io.out(), err: io.err() }
}
const list = (perToken: number) =>
  writeFile(
    join(cwd, 'litellm.json'),
    JSON.stringify({ 'gpt-4o': { litellm_provider: 'openai', input_cost_per_token: perToken } }),
  )

describe('ashlar cost drift', () => {
  it('is quiet where the lists agree', async () => {
    await list(2.5e-6)
    expect(await drift('litellm.json')).toEqual({
      code: 0,
      out: '',
      err: '0 of 1 prices of 1 models differ from litellm.json\n',
    })
  })

  it('fails loudly where they do not', async () => {
    await list(2.6e-6)
    const { code, out, err } = await drift('litellm.json')
    expect(code).toBe(1)
    expect(out).toMatch(/^openai\/gpt-4o +input +2\.5 +2\.6 +3\.8 %$/m)
    expect(err).toMatch(/^1 of 1 prices/)
    expect((await drift('litellm.json', '--tolerance', '4')).code).toBe(0)
    const { out: json } = await drift('litellm.json', '--json')
    expect(JSON.parse(json)).toMatchObject({ compared: 1, differences: [{ ours: '2.5', theirs: '2.6' }] })
  })

  it('reads the list that is installed', async () => {
    const { code, err } = await drift('--provider', 'anthropic')
    const differing = /^(\d+) of \d+ prices of \d+ models differ from ai-sdk-cost-calculator\n$/.exec(
      err,
    )?.[1]
    // Prices have days they begin on: how many differ today is for drift.test.ts to say, of a day that stays.
    expect(code).toBe(differing === '0' ? 0 : 1)
    expect(differing).toBeDefined()
  })

  it('takes known differences for none, and only these', async () => {
    await list(2.6e-6)
    const { out: json } = await drift('litellm.json', '--json')
    await writeFile(join(cwd, 'known.json'), json)
    expect(await drift('litellm.json', '--accept', 'known.json')).toEqual({
      code: 0,
      out: '',
      err: '0 of 1 prices of 1 models differ from litellm.json, besides 1 accepted\n',
    })
    // The control: another price of the same model.
    await list(2.7e-6)
    const changed = await drift('litellm.json', '--accept', 'known.json')
    expect(changed.code).toBe(1)
    expect(changed.err).toContain('1 of known.json are no longer so')
    await writeFile(join(cwd, 'known.json'), '[{"id": "openai/gpt-4o"}]')
    expect(await drift('litellm.json', '--accept', 'known.json')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--accept: expected a list of { id, kind, ours, theirs }'),
    })
  })

  it('names the models that the other list has alone', async () => {
    const own = { 'gpt-4o': { litellm_provider: 'openai', input_cost_per_token: 2.5e-6 } }
    const others = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`unheard-${i}`, { ...own['gpt-4o'] }]),
    )
    await writeFile(join(cwd, 'litellm.json'), JSON.stringify({ ...own, ...others }))
    const { code, err } = await drift('litellm.json')
    expect(code).toBe(0)
    expect(err).toMatch(/^12 models are in litellm\.json alone: openai\/unheard-0, .*unheard-9, …/m)
    expect(err).not.toContain('unheard-10')
  })

  it('says what came instead of a list', async () => {
    await writeFile(join(cwd, 'litellm.json'), '[]')
    expect((await drift('litellm.json')).err).toMatch(/an object, received "\[\]"/)
  })

  it.each([
    [['litellm.json', '--tolerance', 'much'], /--tolerance: expected a percentage below 100/],
    [['litellm.json', '--provider', 'nobody'], /source: expected prices of models of nobody/],
  ])('refuses %j', async (args, message) => {
    await list(1)
    const { code, err } = await drift(...args)
    expect(code).toBe(2)
    expect(err).toMatch(message)
  })
})
