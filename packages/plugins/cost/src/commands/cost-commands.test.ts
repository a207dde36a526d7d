import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { captureIo } from '@ashlar/command/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { costCommand } from '../cli.ts'
import { forever } from '../ledger.ts'
import { sqliteLedger } from '../sqlite-ledger.ts'
import { parseTime } from './parse-time.ts'

let folder: string
let file: string

const today = Date.now()
const dayMs = 86_400_000

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-cost-'))
  file = join(folder, 'ashlar-ledger.db')
  await using ledger = await sqliteLedger(file)
  const total = { scope: 'all', id: '', ...forever, limit: 10n ** 13n } as const
  const day = {
    scope: 'key',
    id: 'alice',
    from: today - dayMs,
    until: today + dayMs,
    limit: 10n ** 12n,
  } as const
  const past = { ...day, from: 0, until: today - dayMs } as const
  const tree = { scope: 'tree', id: 'run', ...forever, limit: 10n ** 12n } as const
  const call = {
    provider: 'openai',
    modelId: 'gpt',
    amount: 10n ** 11n,
    leaseUntil: today + dayMs,
    runId: 'run',
  }
  const usage = { inputTokens: 1000, outputTokens: 50, cachedInputTokens: 400 }
  const old = Date.parse('2026-03-01T23:30Z')
  await ledger.reserve({ ...call, id: '1', at: old, project: 'site, "new"', key: 'alice' }, [total, past])
  await ledger.settle('1', { outcome: 'ok', cost: 3n * 10n ** 10n + 1n, usage, at: old })
  await ledger.reserve({ ...call, id: '2', at: old, modelId: 'mini', project: '=cmd()' }, [total])
  await ledger.settle('2', { outcome: 'failed', cost: 0n, at: old })
  await ledger.reserve({ ...call, id: '3', at: today, key: 'alice' }, [total, day, tree])
})
afterAll(() => rmSync(folder, { recursive: true }))

const run = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
  const io = captureIo({ cwd: folder })
  const code = await costCommand.run(args, io)
  return { code, out: io.out(), err: io.err() }
}

describe('ashlar cost report', () => {
  it('adds up by model, the dearest first', async () => {
    const { code, out } = await run('report')
    expect(code).toBe(0)
    expect(out.split('\n').map((line) => line.split(/ {2,}/).map((cell) => cell.trim()))).toEqual([
      ['model', 'calls', 'failed', 'input', 'output', 'cost', 'reserved'],
      ['openai/gpt', '2', '0', '1000', '50', '$0.030000', '$0.100000'],
      ['openai/mini', '1', '1', '0', '0', '$0.000000'],
      ['total', '3', '1', '1000', '50', '$0.030000', '$0.100000'],
      [''],
    ])
  })

  it('writes CSV that a spreadsheet reads as it is', async () => {
    const { out } = await run('report', '--by', 'project', '--csv')
    expect(out).toBe(
      [
        'project,calls,failed,inputTokens,cachedInputTokens,outputTokens,costUsd,reservedUsd',
        '"site, ""new""",1,0,1000,400,50,0.030000000001,0',
        "'=cmd(),1,1,0,0,0,0,0",
        ',1,0,0,0,0,0,0.1',
        '',
      ].join('\n'),
    )
  })

  it('writes JSON, by day in a time zone', async () => {
    const { out } = await run(
      'report',
      '--by',
      'day',
      '--until',
      '2026-03-05',
      '--time-zone',
      'Europe/Berlin',
      '--json',
    )
    const line = { calls: 2, failed: 1, inputTokens: 1000, cachedInputTokens: 400, outputTokens: 50 }
    const money = { costUsd: '0.030000000001', reservedUsd: '0' }
    expect(JSON.parse(out)).toEqual({
      by: 'day',
      lines: [{ name: '2026-03-02', ...line, ...money }],
      total: { name: 'total', ...line, ...money },
    })
    expect(JSON.parse((await run('report', '--by', 'day', '--json')).out).lines[0].name).toBe('2026-03-01')
  })

  it('takes some of the calls', async () => {
    const calls = async (...args: string[]): Promise<number> =>
      JSON.parse((await run('report', '--json', ...args)).out).total.calls
    expect(await calls('--since', '7d')).toBe(1)
    expect(await calls('--since', '2026-03-01', '--until', '2026-03-02')).toBe(2)
    expect(await calls('--since', '2026-03-02', '--until', '2026-03-03', '--time-zone', 'Asia/Tokyo')).toBe(2)
    expect(await calls('--key', 'alice')).toBe(2)
    expect(await calls('--project', '=cmd()')).toBe(1)
    expect(await calls('--by', 'outcome')).toBe(3)
    expect(await calls('--by', 'key')).toBe(3)
    expect(await calls('--by', 'kind')).toBe(3)
    expect(await calls('--since', '24h')).toBe(1)
    const { lines } = JSON.parse((await run('report', '--json', '--by', 'run')).out)
    expect(lines.map(({ name, calls: each }: { name: string; calls: number }) => [name, each])).toEqual([
      ['run', 3],
    ])
  })

  it.each([
    [['--since', '2026-03-02', '--until', '2026-03-01'], 2, '--since: expected a time before --until'],
    [['--since', '24m'], 2, '--since: expected a date'],
    [['--csv', '--json'], 2, 'expected --csv or --json'],
    [['--html', 'x.html', '--json'], 2, 'expected --csv or --json or --html'],
    [['--since', 'yesterday'], 2, '--since: expected a date'],
    [['--time-zone', 'Mars'], 2, 'timeZone: expected an IANA time zone'],
    [['--by', 'mood'], 2, '--by: expected model'],
    [['--ledger', 'nowhere.db'], 1, 'no ledger at'],
    [['--ledger', 'postgres://127.0.0.1:1/none'], 1, 'ashlar cost report:'],
  ])('says what is wrong with %j', async (args, code, message) => {
    expect(await run('report', ...args)).toMatchObject({
      code,
      out: '',
      err: expect.stringContaining(message),
    })
  })

  it('finds its ledger in the environment, and makes none', async () => {
    const io = captureIo({ cwd: tmpdir(), env: { ASHLAR_LEDGER: file } })
    expect(await costCommand.run(['report', '--json'], io)).toBe(0)
    expect(JSON.parse(io.out()).total.calls).toBe(3)
  })
})

describe('ashlar cost report --html', () => {
  it('writes a page of its own that loads nothing', async () => {
    expect(await run('report', '--html', 'costs.html')).toEqual({
      code: 0,
      out: '',
      err: 'Written to costs.html\n',
    })
    const page = readFileSync(join(folder, 'costs.html'), 'utf8')
    expect(page).toMatch(/<dt>cost<\/dt><dd>\$0\.030000<\/dd>/)
    for (const by of ['model', 'day', 'project']) expect(page).toContain(`<h2>By ${by}</h2>`)
    expect(page).toContain('>openai/gpt</td>')
    expect(page).toContain('>2026-03-01</td>')
    expect(page).toContain('>site, &quot;new&quot;</td>')
    expect(page).toContain('>(none)</td>')
    expect(page).not.toMatch(/<script|<link|<img|src=|href=|url\(|https?:/)
    expect((await run('report', '--html', '-')).out).toContain('<h1>What was spent</h1>')
  })

  it('shows what others wrote as text', async () => {
    const project = `</td><script>alert('x')</script>&amp;\u202Etxt`
    const place = join(folder, 'marked.db')
    await using ledger = await sqliteLedger(place)
    const call = { provider: '<b>', modelId: '"m"', amount: 1n, at: 1, leaseUntil: today + dayMs }
    await ledger.reserve({ ...call, id: '1', project }, [])
    const { out } = await run('report', '--html', '-', '--ledger', place, '--project', project)
    expect(out.split('<script')).toHaveLength(1)
    expect(out).toContain('&lt;/td&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;\uFFFDtxt</td>')
    expect(out).toContain('&lt;b&gt;/&quot;m&quot;')
    // The control: the name is found in the ledger as it was written.
    expect(
      JSON.parse((await run('report', '--json', '--by', 'project', '--ledger', place)).out).lines[0].name,
    ).toBe(project)
  })

  it('fails where it cannot write', async () => {
    expect(await run('report', '--html', 'nowhere/costs.html')).toMatchObject({
      code: 1,
      err: expect.stringContaining('ENOENT'),
    })
  })
})

describe('ashlar cost budget', () => {
  it('shows what holds now', async () => {
    const { out } = await run('budget')
    expect(out.split('\n').map((line) => line.split(/ {2,}/).slice(0, 5))).toEqual([
      ['per', 'which', 'limit', 'spent', 'reserved'],
      ['all', '$10.000000', '$0.030000', '$0.100000', '1.30 %'],
      ['key', 'alice', '$1.000000', '$0.000000', '$0.100000'],
      [''],
    ])
  })

  it('says when a budget of trees is left out, and shows it where it is alone', async () => {
    expect((await run('budget')).err).toBe('1 more of single runs and trees: --all shows them.\n')
    const alone = join(folder, 'alone.db')
    await using ledger = await sqliteLedger(alone)
    const limit = { scope: 'tree', id: 'root', ...forever, limit: 10n ** 12n } as const
    const call = { provider: 'openai', modelId: 'gpt', at: today, leaseUntil: today + dayMs, runId: 'root' }
    await ledger.reserve({ ...call, id: '1', amount: 98n * 10n ** 8n }, [limit])
    const { out, err } = await run('budget', '--ledger', alone)
    expect(out).toMatch(/^tree +root +\$1\.000000 +\$0\.000000 +\$0\.009800 +0\.98 %$/m)
    expect(err).toBe('')
    await ledger.settle('1', { outcome: 'ok', cost: 1n, at: today })
    expect((await run('budget', '--ledger', alone)).out).toContain('< 0.01 %')
  })

  it('tells times in a time zone', async () => {
    const { out } = await run('budget', '--time-zone', 'Asia/Tokyo')
    expect(out).toMatch(/T\d\d:\d\d:\d\d\+09:00$/m)
    expect((await run('budget')).out).not.toContain('+09:00')
    expect(await run('budget', '--time-zone', 'Mars')).toMatchObject({ code: 2, out: '' })
  })

  it('shows all, or those of one, as JSON', async () => {
    const scopes = async (...args: string[]): Promise<string[]> =>
      JSON.parse((await run('budget', '--json', ...args)).out).map(({ scope }: { scope: string }) => scope)
    expect(await scopes('--all')).toEqual(['all', 'key', 'key', 'tree'])
    expect(await scopes('run')).toEqual(['tree'])
    expect(JSON.parse((await run('budget', 'run', '--json')).out)).toEqual([
      { scope: 'tree', id: 'run', limitUsd: '1', spentUsd: '0.030000000001', reservedUsd: '0.1' },
    ])
    expect(await run('budget', 'nobody')).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('No such budget'),
    })
  })
})

it('reads times', () => {
  const now = Date.parse('2026-03-30T10:00Z')
  const inBerlin = { timeZone: 'Europe/Berlin', now }
  expect(parseTime('--since', '2026-03-30', inBerlin)).toBe(Date.parse('2026-03-29T22:00Z'))
  expect(parseTime('--since', '1d', inBerlin)).toBe(Date.parse('2026-03-28T23:00Z'))
  expect(parseTime('--since', '2026-03-30T01:00+01:00', inBerlin)).toBe(Date.parse('2026-03-30T00:00Z'))
  expect(parseTime('--since', '24h', inBerlin)).toBe(now - dayMs)
  for (const text of ['', 'h', '2026-02-30', '2026-03-30T01:00', 'd'])
    expect(() => parseTime('--since', text, inBerlin)).toThrow('--since: expected a date')
})
