import {
  type AccountLimit,
  accountNames,
  accountName,
  type Ledger,
  type LedgerRecord,
  type Reservation,
} from '../ledger.ts'
import type { PicoDollars } from '../money.ts'

/** One schedule: what agents do to a ledger at the same time. */
export interface LedgerSchedule {
  /** Numbers from 0 up to 1; the schedule follows from them. */
  readonly random: () => number
  /** Prefixes ids, keys and projects, so that schedules in one ledger stay apart. */
  readonly name: string
  /** The millisecond it starts at; it takes less than a day. */
  readonly start: number
  /** The limit for all calls of the day; give one to schedules that run at the same time. @default a random one */
  readonly all?: PicoDollars
}

/** What a schedule has done. */
export interface ScheduleReport {
  readonly limits: readonly AccountLimit[]
  readonly reserved: number
  readonly refused: number
  /** What providers charged, however the calls ended. */
  readonly paid: PicoDollars
  /** Everything found wrong; empty when the ledger is right. */
  readonly violations: readonly string[]
}

/** A call under way, as its maker knows it. */
interface LiveCall {
  readonly call: Reservation
  readonly cost: PicoDollars
}

const dayMs = 86_400_000

/** The state of one schedule. */
class Schedule {
  readonly violations: string[] = []
  readonly limits: readonly AccountLimit[]
  readonly #ledger: Ledger
  readonly #random: () => number
  readonly #name: string
  readonly #start: number
  /** What the ledger should say each call cost; lost calls cost what was reserved. */
  readonly #expected = new Map<string, PicoDollars>()
  /** What providers really charged. */
  readonly #paid = new Map<string, LiveCall>()
  #now: number
  #ids = 0
  reserved = 0
  refused = 0

  constructor(ledger: Ledger, { random, name, start, all }: LedgerSchedule) {
    this.#ledger = ledger
    this.#random = random
    this.#name = name
    this.#start = start
    this.#now = start
    this.limits = this.#makeLimits(all)
  }

  get paid(): PicoDollars {
    return [...this.#paid.values()].reduce((sum, { cost }) => sum + cost, 0n)
  }

  #pick(below: number): number {
    return Math.floor(this.#random() * below)
  }

  #makeLimits(all?: PicoDollars): AccountLimit[] {
    const { id, from, until } = { id: this.#name, from: this.#start, until: this.#start + dayMs }
    const limit = (): PicoDollars => BigInt(1000 + this.#pick(4000))
    return [
      { scope: 'tree', id: `${id}-0`, from: 0, until: 8.64e15, limit: limit() },
      { scope: 'tree', id: `${id}-1`, from: 0, until: 8.64e15, limit: limit() },
      { scope: 'run', id: `${id}-0/sub-0`, from: 0, until: 8.64e15, limit: limit() / 2n },
      { scope: 'key', id, from, until, limit: limit() },
      { scope: 'project', id, from, until, limit: limit() + 1000n },
      { scope: 'all', id: '', from, until, limit: all ?? limit() + 1500n },
    ]
  }

  /** Lets the others go first, or not. */
  async #turn(): Promise<void> {
    for (let turns = this.#pick(3); turns > 0; turns--) await Promise.resolve()
    if (this.#random() < 0.1) await new Promise((resolve) => setImmediate(resolve))
  }

  /** One agent: some calls, and now and then another agent inside it. */
  async agent(runId: string, depth: number): Promise<void> {
    for (let calls = 1 + this.#pick(4); calls > 0; calls--) {
      await this.#turn()
      await this.#makeCall(runId)
      if (depth < 2 && this.#random() < 0.3) {
        const children = Array.from({ length: 1 + this.#pick(2) }, (_, index) => `${runId}/sub-${index}`)
        await Promise.all(children.map((child) => this.agent(child, depth + 1)))
      }
    }
  }

  async #makeCall(runId: string): Promise<void> {
    const key = this.#random() < 0.7 ? { key: this.#name } : {}
    const project = this.#random() < 0.7 ? { project: this.#name } : {}
    const charge = { runId, ...key, ...project }
    const amount = BigInt(this.#pick(600))
    const at = this.#now
    const names = new Set(accountNames(charge))
    const limits = this.limits.filter((limit) => names.has(accountName(limit)))
    const id = `${this.#name}#${this.#ids++}`
    const leaseUntil = at + 1000 + this.#pick(5000)
    const call = { ...charge, id, provider: 'p', modelId: 'm', amount, at, leaseUntil }
    const refusal = await this.#ledger.reserve(call, limits)
    await this.checkBalances(limits)
    if (refusal) {
      this.refused++
      if (refusal.spent + refusal.reserved > refusal.limit)
        this.violations.push(`${id}: refused over the limit`)
      return
    }
    this.reserved++
    // Now and then the provider is paid all that was reserved, or refuses the call.
    const share = this.#pick(10)
    const cost = share === 0 ? 0n : share === 1 ? amount : (amount * BigInt(this.#pick(1000))) / 1000n
    await this.#end({ call, cost })
  }

  async #end(live: LiveCall): Promise<void> {
    const { call, cost } = live
    this.#paid.set(call.id, live)
    await this.#turn()
    const fate = this.#random()
    // Its holder crashes: nobody will settle it.
    if (fate < 0.12) {
      this.#expected.set(call.id, call.amount)
      return
    }
    // Its lease ends before it does, and others sweep meanwhile.
    if (fate < 0.24) {
      this.#now += 7000
      await this.#ledger.expire(this.#now)
      await this.#turn()
    }
    const outcome = fate < 0.4 ? 'aborted' : cost === 0n ? 'failed' : 'ok'
    const usage = { inputTokens: Number(cost), outputTokens: 1 }
    const settlement = { outcome, ...(cost > 0n && { usage }), at: this.#now } as const
    const told = [cost]
    // A settlement that was not heard of is sent again, with another amount at worst; either may arrive first, so
    // neither is more than was reserved.
    if (this.#random() < 0.2) told.push(cost > 0n ? cost - 1n : cost)
    const counted = await Promise.all(
      told.map((each) => this.#ledger.settle(call.id, { ...settlement, cost: each })),
    )
    this.#expected.set(call.id, told[counted.indexOf(true)] ?? call.amount)
    if (counted.filter(Boolean).length !== 1)
      this.violations.push(`${call.id}: settled ${counted.filter(Boolean).length} times`)
    await this.checkBalances(this.limits)
  }

  async checkBalances(limits: readonly AccountLimit[]): Promise<void> {
    for (const limit of limits) {
      const { spent, reserved } = await this.#ledger.balance(limit)
      const name = accountName(limit)
      if (spent + reserved > limit.limit)
        this.violations.push(`${name}: ${spent} spent + ${reserved} reserved > ${limit.limit}`)
      if (spent < 0n || reserved < 0n) this.violations.push(`${name}: ${spent} spent, ${reserved} reserved`)
    }
  }

  /** After everything has ended: the ledger against what its users know. */
  async checkRecords(): Promise<void> {
    await this.#ledger.expire(this.#now + dayMs)
    const records: LedgerRecord[] = []
    const span = { since: this.#start, until: this.#start + dayMs }
    for await (const record of this.#ledger.records(span))
      if (record.id.startsWith(`${this.#name}#`)) records.push(record)
    if (records.length !== this.reserved)
      this.violations.push(`${records.length} records of ${this.reserved}`)
    for (const { id, cost, outcome } of records)
      if (cost !== this.#expected.get(id))
        this.violations.push(`${id} (${outcome}): cost ${cost}, not ${this.#expected.get(id)}`)
    for (const limit of this.limits) await this.#checkAccount(limit, records)
  }

  async #checkAccount(limit: AccountLimit, records: readonly LedgerRecord[]): Promise<void> {
    const name = accountName(limit)
    const own = records.filter((record) => accountNames(record).includes(name))
    const sum = own.reduce((total, { cost }) => total + cost, 0n)
    const { spent, reserved } = await this.#ledger.balance(limit)
    const shared = limit.scope === 'all'
    if (shared ? spent < sum : spent !== sum) this.violations.push(`${name}: ${spent} spent, not ${sum}`)
    if (!shared && reserved !== 0n) this.violations.push(`${name}: ${reserved} still reserved`)
    const paid = own.reduce((total, { id }) => total + (this.#paid.get(id)?.cost ?? 0n), 0n)
    if (paid > limit.limit) this.violations.push(`${name}: ${paid} paid of ${limit.limit}`)
  }
}

/**
 * Runs a schedule: agents at the same time, agents inside them, calls that are aborted, fail, are settled twice, lose
 * their lease or their holder. After every step the accounts are looked at, and in the end every record.
 */
export const runLedgerSchedule = async (ledger: Ledger, options: LedgerSchedule): Promise<ScheduleReport> => {
  const schedule = new Schedule(ledger, options)
  const roots = [`${options.name}-0`, `${options.name}-1`, `${options.name}-0`]
  await Promise.all(roots.map((runId) => schedule.agent(runId, 0)))
  await schedule.checkRecords()
  const { limits, reserved, refused, paid, violations } = schedule
  return { limits, reserved, refused, paid, violations }
}
