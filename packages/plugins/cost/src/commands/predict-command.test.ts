import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { captureIo } from '@ashlar/command/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sqliteLedger } from '../sqlite-ledger.ts'
import { predictCommand } from './predict-command.ts'

let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ashlar-predict-'))
})
afterEach(() => rm(cwd, { recursive: true }))

const predict = async (args: readonly string[], options: { stdin?: string } = {}) => {
  const io = captureIo({ cwd, ...options })
  const code = await predictCommand.run(args, io)
  return { code, out: io.out(), err: io.err() }
}
const json = (out: string): unknown => JSON.parse(out)

describe('ashlar cost predict', () => {
  it('says what a text will cost', async () => {
    const { code, out } = await predict(['-', '--model', 'openai/gpt-4o', '--max-output', '400'], {
      stdin: 'Hello, world!',
    })
    expect(code).toBe(0)
    expect(out).toMatch(/^input +11 tokens\n/)
    expect(out).toMatch(/^output +20 tokens, 90 % from 1 to 400; from the limit alone/m)
    expect(out).toMatch(/^cost +\$0\.00023, from \$0\.\d+ to \$0\.0040$/m)
    expect(out).toMatch(/^prices +@pydantic\/genai-prices /m)
  })

  it('takes a request, prices of your own and a model by its id alone', async () => {
    const request = {
      instructions: 'Be brief.',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      maxOutputTokens: 10,
    }
    await writeFile(join(cwd, 'request.json'), JSON.stringify(request))
    await writeFile(join(cwd, 'prices.json'), '{"openai/gpt-4o": {"prices": {"input": "1", "output": "1"}}}')
    const { code, out } = await predict([
      'request.json',
      '--model',
      'gpt-4o',
      '--prices',
      'prices.json',
      '--json',
    ])
    expect(code).toBe(0)
    expect(json(out)).toMatchObject({
      model: 'openai/gpt-4o',
      inputTokens: 15,
      exact: true,
      outputTokens: { high: 10 },
      costUsd: { p50: '0.000018', high: '0.000025' },
      mostUsd: '0.000025',
      priceSource: 'override',
    })
  })

  it.each([
    ['{"messages": [', /request: expected JSON, as it begins like it \(--text/],
    [' [1, 2]', /expected object, received array/],
    ['{"message": []}', /messages: required; message: unknown property/],
    ['{"messages": []}', /messages: expected at least 1 items/],
    ['{"messages": [{"role": "user", "content": [{"type": "video"}]}]}', /messages\.0\.content\.0\.type: /],
    ['{"messages": [{"role": "user", "content": [{"type": "text"}]}]}', /content\.0\.text: required/],
    ['{"messages": [{"role": "user", "content": [{"type": "image"}]}]}', /data or url: required/],
    ['{"messages": [{"role": "user", "content": [{"type": "tool-call"}]}]}', /expected one of \['text'/],
    ['{"messages": [{"role": "system", "content": []}]}', /messages\.0\.role: expected one of/],
    ['OK, "maxOutputTokens": "lots"', /maxOutputTokens: expected integer, received string/],
    ['OK, "tools": {"a": 1}', /tools: expected array, received object/],
    ['OK, "tools": [{"name": "a"}]', /tools\.0\.description: required/],
    ['OK, "max_tokens": 5', /max_tokens: unknown property/],
  ])('takes %s for JSON, and refuses it', async (text, message) => {
    const hi = '"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]'
    const stdin = text.startsWith('OK') ? `{${hi}${text.slice(2)}}` : text
    const refused = await predict(['-', '--model', 'gpt-4o'], { stdin })
    expect(refused).toMatchObject({ code: 2, out: '', err: expect.stringMatching(message) })
    // The control: the same as a text.
    expect((await predict(['-', '--model', 'gpt-4o', '--text'], { stdin })).code).toBe(0)
  })

  it('takes results of tools, with pictures', async () => {
    const results = [{ type: 'tool-result', callId: '1', name: 'look', output: 'a wall' }]
    const calls = [{ type: 'tool-call', callId: '1', name: 'look', input: {} }]
    const withContent = (content: object[]) => ({
      messages: [
        { role: 'assistant', content: calls },
        { role: 'tool', content: results.map((result) => ({ ...result, content })) },
      ],
    })
    const run = (request: object) => predict(['-', '--model', 'gpt-4o'], { stdin: JSON.stringify(request) })
    expect((await run(withContent([{ type: 'text', text: 'Hi' }]))).code).toBe(0)
    expect((await run(withContent([{ type: 'sound' }]))).err).toMatch(
      /messages\.1\.content\.0\.content\.0\.type: expected one of/,
    )
  })

  it('says what few calls were good for', async () => {
    const ledger = await sqliteLedger(join(cwd, 'ashlar-ledger.db'))
    for (let i = 0; i < 7; i++) {
      const id = `c${i}`
      const call = { id, provider: 'openai', modelId: 'gpt-4o', amount: 1n, at: i, leaseUntil: 1e15 }
      await ledger.reserve(call, [])
      const usage = { inputTokens: 1, outputTokens: 7 }
      await ledger.settle(id, { outcome: 'ok', cost: 1n, usage, at: i })
    }
    await ledger.close()
    const { out } = await predict(['-', '--model', 'gpt-4o'], { stdin: 'Hi' })
    expect(out).toMatch(/^output +7 tokens, .*; the middle from 7 calls of this model or kind, too few/m)
    expect(out).not.toContain('no calls like it')
  })

  it('learns from the ledger', async () => {
    const ledger = await sqliteLedger(join(cwd, 'ashlar-ledger.db'))
    for (let i = 0; i < 25; i++) {
      const call = {
        id: `c${i}`,
        provider: 'openai',
        modelId: 'gpt-4o',
        kind: 'title',
        amount: 1n,
        at: i,
        leaseUntil: 1e15,
      }
      await ledger.reserve(call, [])
      await ledger.settle(call.id, {
        outcome: 'ok',
        cost: 1n,
        usage: { inputTokens: 1, outputTokens: 7 },
        at: i,
      })
    }
    await ledger.close()
    const { out } = await predict(['-', '--model', 'gpt-4o', '--kind', 'title'], { stdin: 'Hi' })
    expect(out).toMatch(/^output +7 tokens, 90 % from 7 to 7; from 25 calls of this kind$/m)
    expect((await predict(['-', '--model', 'gpt-4o'], { stdin: 'Hi' })).out).toMatch(
      /from 25 calls of this model/,
    )
  })

  it.each([
    [['-'], 2, /--model: expected the id of a model/],
    [['-', '--model', 'unheard-of'], 2, /--model: expected provider\/modelId, or a model of the catalog/],
    [['-', '--model', 'openai/unheard-of'], 1, /openai\/unheard-of: its price is not known; give it/],
    [['-', '--model', 'openai/gpt-4o', '--tier', 'flex'], 1, /its flex price is not known/],
    [['-', '--model', 'gpt-4o', '--max-output', '0'], 2, /--max-output: expected a whole number above 0/],
    [['-', '--model', 'gpt-4o', '--prices', 'bad.json'], 2, /bad\.json: expected JSON/],
    [
      ['-', '--model', 'gpt-4o', '--prices', 'wrong.json'],
      2,
      /overrides\["a\/b"\]\.prices\.input: expected US dollars/,
    ],
    [['bad-request.json', '--model', 'gpt-4o'], 2, /messages\.0\.content: expected array, received string/],
    [['nowhere.json', '--model', 'gpt-4o'], 1, /ENOENT/],
    [['-', '--model', 'gpt-4o', '--ledger', 'none.db'], 1, /no ledger at/],
  ])('refuses %j', async (args, code, message) => {
    await writeFile(join(cwd, 'bad.json'), '{')
    await writeFile(join(cwd, 'wrong.json'), '{"a/b": {"prices": {"input": "-1"}}}')
    await writeFile(join(cwd, 'bad-request.json'), '{"messages": [{"role": "user", "content": "Hi"}]}')
    const result = await predict(args, { stdin: 'Hi' })
    expect(result.err).toMatch(message)
    expect([result.code, result.out]).toEqual([code, ''])
  })
})
