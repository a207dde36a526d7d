import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { userText } from '@ashlar/core'
import { fakeClock, scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AlertSink, BudgetAlert } from './alert.ts'
import { commandAlert, logAlert, webhookAlert } from './alerts.ts'
import { type BudgetOptions, createBudget } from './create-budget.ts'
import { ledgerWith } from './fixture-ledger.ts'
import type { Ledger } from './ledger.ts'
import { memoryLedger } from './memory-ledger.ts'
import { metered } from './metered.ts'
import type { Pricing } from './pricing.ts'
import { sqliteLedger } from './sqlite-ledger.ts'

const pricing: Pricing = () => ({
  most: 10n ** 12n,
  costOf: () => ({ pico: 10n ** 12n, priceSource: 'test', priceVersion: '1' }),
})
const request = { messages: [userText('hello')] }

/** Spends a dollar, if there is one. */
const spend = async (options: BudgetOptions, times = 1): Promise<void> => {
  const model = metered(
    scriptedModel(() => 'hi'),
    { pricing, ...options },
  )
  for (let call = 0; call < times; call++)
    try {
      for await (const _ of model.stream(request));
    } catch {
      // No room.
    }
  await model.flush()
}

const told = (): { alerts: BudgetAlert[]; sink: AlertSink; shares: () => number[] } => {
  const alerts: BudgetAlert[] = []
  return {
    alerts,
    sink: (alert) => void alerts.push(alert),
    shares: () => alerts.map(({ share }) => share),
  }
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-alert-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('alerts', () => {
  it('tell each share once, when it is reached', async () => {
    const { sink, shares, alerts } = told()
    const options = { usd: 10, ledger: memoryLedger(), alerts: [sink], alertAt: [0.25, 0.8, 1] }
    const at: number[][] = []
    for (let call = 1; call <= 12; call++) {
      await spend(options)
      at.push(shares())
    }
    expect(at.map((each) => each.length)).toEqual([0, 0, 1, 1, 1, 1, 1, 2, 2, 3, 4, 4])
    expect(shares()).toEqual([0.25, 0.8, 1, 1])
    expect(alerts[1]).toMatchObject({
      scope: 'all',
      limit: 10n ** 13n,
      spent: 8n * 10n ** 12n,
      rule: 'share',
      message: '80 % of the budget of $10.00 for all calls is used: $8.00 is spent.',
    })
    expect(alerts[3]).toMatchObject({ rule: 'refused', needed: 10n ** 12n })
  })

  it('tell of the first refusal of a window, whatever shares are asked for, and what is true of it', async () => {
    const { sink, alerts } = told()
    await spend({ usd: '1.99', per: 'key', key: 'alice', alerts: [sink], alertAt: [0.5, 0.8] }, 4)
    expect(alerts.map(({ rule, share, message }) => [rule, share, message])).toEqual([
      ['share', 0.5, '50 % of the budget of $1.99 for key alice is used: $1.00 is spent.'],
      [
        'refused',
        0.50251,
        'A call had no room in the budget of $1.99 for key alice and was refused: it may cost $1.00, $1.00 is spent and $0.00 reserved.',
      ],
    ])
  })

  it('tell of nothing but the refusal where there is no money', async () => {
    const { sink, alerts } = told()
    await spend({ usd: 0, alerts: [sink] }, 2)
    expect(alerts.map(({ rule, share }) => [rule, share])).toEqual([['refused', 1]])
  })

  it('tell again in the next window', async () => {
    const { sink, alerts } = told()
    const clock = fakeClock(Date.parse('2026-02-28T12:00Z'))
    const options = {
      usd: 1,
      window: 'month',
      alertAt: [1],
      ledger: memoryLedger(),
      alerts: [sink],
      clock,
    } as const
    await spend(options, 3)
    await clock.advance(86_400_000)
    await spend(options, 3)
    await clock.advance(30 * 86_400_000)
    await spend(options, 3)
    expect(alerts.map(({ from, rule }) => [new Date(from).toISOString().slice(0, 10), rule])).toEqual([
      ['2026-02-01', 'share'],
      ['2026-02-01', 'refused'],
      ['2026-03-01', 'share'],
      ['2026-03-01', 'refused'],
    ])
  })

  it('tell once, however many processes and restarts there are', async () => {
    const { sink, shares } = told()
    const file = join(folder, 'ledger.db')
    const spendHere = async (times: number): Promise<void> => {
      await using one = await sqliteLedger(file)
      await using two = await sqliteLedger(file)
      const options = { usd: 4, alerts: [sink] }
      await Promise.all([
        spend({ ...options, ledger: one }, times),
        spend({ ...options, ledger: two }, times),
      ])
    }
    await spendHere(1)
    expect(shares()).toEqual([])
    await spendHere(1)
    await spendHere(3)
    await spendHere(3)
    expect(shares()).toEqual([0.8, 1, 1])
  })

  it('harm no call when a sink or the ledger fails', async () => {
    const errors: unknown[] = []
    const broken = new Error('broken')
    const { sink, shares } = told()
    const onError = (error: unknown): void => void errors.push(error)
    const failing = (): never => {
      throw broken
    }
    const ledger = memoryLedger()
    await spend({
      usd: 1,
      ledger,
      alerts: [failing, () => Promise.reject(broken), sink],
      alertAt: [1],
      onError,
    })
    expect([new Set(errors), shares()]).toEqual([new Set([broken]), [1]])
    expect((await ledger.balance({ scope: 'all', id: '', from: 0, until: 8.64e15 })).spent).toBe(10n ** 12n)
    errors.length = 0
    const whole = memoryLedger()
    const post = (): Promise<never> => Promise.reject(broken)
    const full: Ledger = ledgerWith(whole, { outbox: { ...whole.outbox, post } })
    await spend({ usd: 10, ledger: full, alerts: [sink], alertAt: [0.1], onError }, 2)
    // It is tried again at the next call.
    expect([errors, shares()]).toEqual([[broken, broken], [1]])
  })
})

const alert: BudgetAlert = {
  scope: 'key',
  id: 'alice',
  from: Date.parse('2026-03-01T00:00Z'),
  until: Date.parse('2026-04-01T00:00Z'),
  limit: 10n ** 12n,
  spent: 8n * 10n ** 11n,
  reserved: 1n,
  rule: 'share',
  share: 0.8,
  at: Date.parse('2026-03-14T12:00Z'),
  window: 'month',
  timeZone: 'UTC',
  message: '80 % is used',
}
const json = {
  event: 'budget-alert',
  rule: 'share',
  scope: 'key',
  id: 'alice',
  share: 0.8,
  limitUsd: '1',
  spentUsd: '0.8',
  reservedUsd: '0.000000000001',
  at: '2026-03-14T12:00:00.000Z',
  window: 'month',
  timeZone: 'UTC',
  from: '2026-03-01T00:00:00.000Z',
  until: '2026-04-01T00:00:00.000Z',
  message: '80 % is used',
}

describe('sinks', () => {
  it('write a line', async () => {
    const lines: string[] = []
    await logAlert({ write: (line) => void lines.push(line) })(alert)
    expect(lines).toEqual(['80 % is used'])
  })

  it('post to a webhook, and try again when it fails', async () => {
    const bodies: string[] = []
    const statuses = [500, 204]
    const server = createServer((asked, response) => {
      void asked.toArray().then((chunks) => {
        bodies.push(`${asked.headers['authorization']} ${Buffer.concat(chunks).toString()}`)
        response.writeHead(statuses.shift() ?? 404).end('no')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/secret/hook`
    await webhookAlert(url, { headers: { authorization: 'Bearer x' }, waitMs: 1 })(alert)
    expect(bodies).toEqual([`Bearer x ${JSON.stringify(json)}`, `Bearer x ${JSON.stringify(json)}`])
    const failing = webhookAlert(url, { tries: 2, waitMs: 1 })(alert)
    await expect(failing).rejects.toThrow(`The webhook at http://127.0.0.1:${port} answered 404`)
    expect(bodies).toHaveLength(4)
    statuses.push(200)
    await webhookAlert(url, { body: ({ message }) => ({ text: message }) })(alert)
    expect(bodies[4]).toBe('undefined {"text":"80 % is used"}')
    expect(webhookAlert(url).receiver).not.toContain('secret')
    expect(webhookAlert(url).receiver).not.toBe(webhookAlert(`${url}2`).receiver)
    await new Promise((resolve) => server.close(resolve))
    await expect(webhookAlert(url, { tries: 1 })(alert)).rejects.toThrow()
    expect(() => webhookAlert('ftp://x')).toThrow('url: expected an http or https address')
  })

  it('run a command, which reads the alert or does not', async () => {
    const file = join(folder, 'alert.json')
    const copy = "require('fs').writeFileSync(process.argv[1], require('fs').readFileSync(0))"
    await commandAlert(process.execPath, ['-e', copy, file])(alert)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(json)
    await commandAlert(process.execPath, ['-e', ''])(alert)
    await expect(commandAlert(process.execPath, ['-e', 'process.exit(3)'])(alert)).rejects.toThrow(
      'Command failed',
    )
    await expect(commandAlert('no-such-program')(alert)).rejects.toThrow('ENOENT')
    const slow = commandAlert(process.execPath, ['-e', 'setTimeout(() => {}, 9000)'], { timeoutMs: 100 })
    await expect(slow(alert)).rejects.toThrow()
  })
})

it('has nothing to look at without sinks', async () => {
  let asked = 0
  const ledger: Ledger = ledgerWith(memoryLedger(), { balance: () => (asked++, Promise.reject(new Error())) })
  const { meter } = createBudget({ usd: 1, per: 'all', ledger, pricing })
  const own = meter()
  const settle = await own.reserve(scriptedModel([]), request)
  settle({ inputTokens: 1, outputTokens: 1 })
  await own.settled()
  expect(asked).toBe(0)
})
