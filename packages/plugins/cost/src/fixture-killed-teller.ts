import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SpenderLedger } from './fixture-killed-spenders.ts'
import type { Ledger } from './ledger.ts'

/** Makes one call of a dollar under a budget of a dollar, and tells three sinks of it. */
const program = `
const [url, module, open, place, options, hook, folder, end, spoilt] = process.argv.slice(1)
const { appendFileSync } = await import('node:fs')
// Not longer than whoever is to kill it.
process.stdin.resume().once('end', () => process.exit()).once('error', () => process.exit()).unref()
const { [open]: openLedger } = await import(url + module)
const { createBudget } = await import(url + 'budget-entry.ts')
const { commandAlert, logAlert, webhookAlert } = await import(url + 'alerts.ts')
const { ledgerWith } = await import(url + 'fixture-ledger.ts')
const whole = await openLedger(place, JSON.parse(options))
const forgets = { outbox: { ...whole.outbox, take: async () => [] } }
const ledger = spoilt ? ledgerWith(whole, forgets) : whole
const run = "const fs = require('fs'); const [, folder] = process.argv;" +
  "if (fs.existsSync(folder + '/down')) process.exit(fs.appendFileSync(folder + '/failed', 'x\\\\n') ?? 1); fs.appendFileSync(folder + '/command', fs.readFileSync(0))"
const cost = { pico: 10n ** 12n, priceSource: 'test', priceVersion: '1' }
const { meter } = createBudget({
  usd: 1, per: 'all', ledger, alertLeaseMs: 1000,
  pricing: () => ({ most: cost.pico, costOf: () => cost }),
  alerts: [
    webhookAlert(hook, { tries: 1 }),
    commandAlert(process.execPath, ['-e', run, folder]),
    logAlert({ write: (line) => appendFileSync(folder + '/log', line + '\\n') }),
  ],
  onError: () => {},
})
const own = meter()
const settle = await own.reserve({ provider: 'p', modelId: 'm' }, { messages: [] }).catch(() => undefined)
settle?.({ inputTokens: 1, outputTokens: 1 })
await own.settled()
if (end === 'exit') process.exit(0)
if (end === 'close') await ledger.close()
`

/** How a program ends after its call: with `process.exit`, by closing its ledger, or when it has nothing left to do. */
export type ProgramEnd = 'exit' | 'close' | 'naturally'

/** Programs that tell alerts to a webhook, a command and a log; the first two are down at first. */
export interface AlertBench {
  start(end: ProgramEnd, spoilt?: 'spoilt'): ChildProcess
  /** Runs a program to its end. */
  run(end: ProgramEnd, spoilt?: 'spoilt'): Promise<void>
  /** Whether the webhook was asked. */
  readonly asked: boolean
  /** How often the command has failed. */
  readonly failed: number
  /** The webhook and the command work from now on. */
  repair(): void
  /** What each was told, in the order of its text. */
  told(): {
    readonly webhook: readonly string[]
    readonly command: readonly string[]
    readonly log: readonly string[]
  }
  close(): Promise<void>
}

const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).toSorted() : []

const messageOf = (json: string): string => {
  const { message }: { message: string } = JSON.parse(json)
  return message
}

export const createAlertBench = async (theirs: SpenderLedger, folder: string): Promise<AlertBench> => {
  const bodies: string[] = []
  const down = join(folder, 'down')
  writeFileSync(down, '')
  let asked = false
  const server = createServer((request, response) => {
    asked = true
    // An answer that never comes, as from a machine that is gone.
    if (existsSync(down)) return
    void request.toArray().then((chunks) => {
      bodies.push(Buffer.concat(chunks).toString())
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = new URL('.', import.meta.url).href
  const start: AlertBench['start'] = (end, spoilt) => {
    const { module, open, place, options = {} } = theirs
    const args = [url, module, open, place, JSON.stringify(options), `http://127.0.0.1:${port}/`, folder, end]
    const flags = ['--input-type=module', '-e', program, ...args, ...(spoilt ? [spoilt] : [])]
    return spawn(process.execPath, flags, { stdio: ['pipe', 'ignore', 'inherit'] })
  }
  return {
    start,
    run: async (...how) => {
      await once(start(...how), 'close')
    },
    get asked() {
      return asked
    },
    get failed() {
      return linesOf(join(folder, 'failed')).length
    },
    repair: () => rmSync(down, { force: true }),
    told: () => ({
      webhook: bodies.map(messageOf).toSorted(),
      command: linesOf(join(folder, 'command')).map(messageOf).toSorted(),
      log: linesOf(join(folder, 'log')),
    }),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Kills the first program when its log was told for sure, and neither the webhook nor the command was. */
export const killWhileTelling = async (bench: AlertBench, ledger: Ledger): Promise<void> => {
  const child = bench.start('naturally')
  const closed = once(child, 'close')
  const isLogTold = async (): Promise<boolean> =>
    bench.told().log.length === 2 && (await ledger.outbox.nextFree(['log'])) === undefined
  while (!bench.asked || bench.failed < 2 || !(await isLogTold())) await sleep(5)
  child.kill('SIGKILL')
  await closed
  // What has failed is held for a second before it is tried again, and then for as long as a lease.
  await sleep(2000)
}

/** What there is to tell of a dollar spent, and of a second one refused. */
export const dollarAlerts: readonly string[] = [
  '100 % of the budget of $1.00 for all calls is used: $1.00 is spent.',
  '80 % of the budget of $1.00 for all calls is used: $1.00 is spent.',
  'A call had no room in the budget of $1.00 for all calls and was refused: it may cost $1.00, $1.00 is spent and $0.00 reserved.',
]
