import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock } from '@ashlar/core/clock'
import { RunCancelled } from '../graph-errors.ts'
import { LeaseLost, RunLeased } from './durable-errors.ts'
import type { Claim, ClaimRequest, Journal } from './journal.ts'
import { LiveWriter } from './live-writer.ts'

/** Milliseconds in which a run hears at the latest that it was cancelled elsewhere. */
const longestSilenceMs = 1_000

interface Held {
  readonly claim: Claim
  readonly live: LiveWriter
  /** Aborted with a `LeaseLost` once somebody else has it. */
  readonly lost: AbortController
  /** Aborted with a `RunCancelled` once somebody asked for that. */
  readonly cancelled: AbortController
  /** Who holds it, by run: the graph, the run, its sub-agents. One each. */
  readonly holders: Set<string>
  /** How often it is held; a run that was admitted holds it twice. */
  count: number
  readonly leaseMs: number
  /** Until when nobody else can have it, by the clock here. */
  until: number
  timer: unknown
}

/** The claim of a run, or of the run that it is part of. */
export interface HeldClaim {
  readonly claim: Claim
  /** Shows what is being written. */
  readonly live: LiveWriter
  /** This holder made the claim, and has to end it. */
  readonly owned: boolean
  /** Aborted with a `LeaseLost` when a renewal finds that somebody else has the run. */
  readonly lost: AbortSignal
  /** Aborted with a `RunCancelled` when somebody asked that it be cancelled; the claim is held on, to undo what is done. */
  readonly cancelled: AbortSignal
  /** It is part of a run further up, which ends it. */
  readonly isPart: boolean
  /**
   * Does work in which the run itself, which nobody else can begin now, is begun once under this claim. It is told
   * whether that has happened.
   */
  admit<T>(work: (isBegun: () => boolean) => Promise<T>): Promise<T>
  /**
   * Before an effect: makes sure that the run is still held, should this process have slept since it was renewed.
   * @throws LeaseLost
   */
  ensure(): Promise<void>
  /** Looks now whether it was lost, or is to be cancelled. @throws LeaseLost */
  look(): Promise<void>
  /** It is needed no more. */
  release(): void
}

interface Admission {
  readonly runId: string
  isUsed: boolean
}

/** `a` and `a/b` of `a/b/c`: the runs that a run is part of. */
const above = (runId: string): string[] => {
  const parts = runId.split('/')
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'))
}

const cancel = ({ cancelled }: Pick<Held, 'cancelled'>): void => {
  if (!cancelled.signal.aborted) cancelled.abort(new RunCancelled('it was asked for elsewhere'))
}

/** The claims of this process: everything in the tree of a run writes by one, which is renewed while it is held. */
export class HeldClaims {
  readonly #journal: Journal
  readonly #clock: Clock
  readonly #claims = new Map<string, Promise<Held>>()
  readonly #admission = new AsyncLocalStorage<Admission>()
  constructor(journal: Journal, clock: Clock) {
    this.#journal = journal
    this.#clock = clock
  }
  /**
   * Makes a claim, or joins that of a run further up.
   * @throws RunLeased when the run itself is under way here, and what the journal throws
   */
  async hold(request: ClaimRequest): Promise<HeldClaim> {
    const { runId } = request
    const admission = this.#admission.getStore()
    const isAdmitted = admission?.runId === runId && !admission.isUsed
    if (isAdmitted) admission.isUsed = true
    const joined = [...above(runId), ...(isAdmitted ? [runId] : [])].find((path) => this.#claims.has(path))
    const path = joined ?? runId
    const owned = joined === undefined
    if (owned && this.#claims.has(runId))
      throw new RunLeased(runId, (await this.#claims.get(runId))?.until ?? 0)
    const claiming = this.#claims.get(path) ?? this.#claim(request)
    this.#claims.set(path, claiming)
    const held = await claiming
    if (!isAdmitted && held.holders.has(runId)) throw new RunLeased(runId, held.until)
    held.holders.add(runId)
    held.count += 1
    if (owned) this.#renewLater(held, request)
    return this.#heldBy(runId, held, { path, owned, isAdmitted })
  }
  #heldBy(
    runId: string,
    held: Held,
    { path, owned, isAdmitted }: { path: string; owned: boolean; isAdmitted: boolean },
  ): HeldClaim {
    let isReleased = false
    const release = (): void => {
      if (isReleased) return
      isReleased = true
      if (!isAdmitted) held.holders.delete(runId)
      held.count -= 1
      if (held.count > 0) return
      this.#clock.clearTimeout(held.timer)
      held.live.stop()
      this.#claims.delete(path)
    }
    const admit: HeldClaim['admit'] = (work) => {
      const admission = { runId, isUsed: false }
      return this.#admission.run(admission, () => work(() => admission.isUsed))
    }
    const { claim, live } = held
    const [lost, cancelled] = [held.lost.signal, held.cancelled.signal]
    const ensure = async (): Promise<void> => {
      if (this.#clock.now() >= held.until) await this.#renew(held)
    }
    return {
      claim,
      live,
      owned,
      lost,
      cancelled,
      isPart: path !== runId,
      admit,
      ensure,
      look: () => this.#renew(held),
      release,
    }
  }
  async #claim(request: ClaimRequest): Promise<Held> {
    const until = this.#clock.now() + request.leaseMs
    try {
      const claim = await this.#journal.claim(request)
      const held = {
        claim,
        live: new LiveWriter(claim, this.#clock),
        lost: new AbortController(),
        cancelled: new AbortController(),
        holders: new Set<string>(),
        count: 0,
        leaseMs: request.leaseMs,
        until,
        timer: undefined,
      }
      if (claim.cancelAsked) cancel(held)
      return held
    } catch (error) {
      this.#claims.delete(request.runId)
      throw error
    }
  }
  async #renew(held: Held): Promise<void> {
    const until = this.#clock.now() + held.leaseMs
    try {
      const { cancelAsked } = await held.claim.renew()
      held.until = until
      if (cancelAsked) cancel(held)
    } catch (error) {
      if (LeaseLost.isInstance(error)) held.lost.abort(error)
      throw error
    }
  }
  #renewLater(held: Held, request: ClaimRequest): void {
    const interval = Math.min(request.leaseMs / 3, longestSilenceMs)
    held.timer = this.#clock.setTimeout(() => {
      // A journal that cannot be reached for a moment is asked again; the next write says more.
      this.#renew(held).catch(() => {})
      if (!held.lost.signal.aborted) this.#renewLater(held, request)
    }, interval)
  }
}
