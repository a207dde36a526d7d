import type { Clock } from '@ashlar/core/clock'
import { LeaseLost } from './durable-errors.ts'
import type { Claim, ClaimRequest, Journal } from './journal.ts'
import { LiveWriter } from './live-writer.ts'

/** Milliseconds in which a run hears at the latest that it was cancelled elsewhere. */
const longestSilenceMs = 1_000

interface Held {
  readonly claim: Claim
  readonly live: LiveWriter
  /** Aborted with a `LeaseLost` once somebody else has it. */
  readonly lost: AbortController
  /** How many hold it: the graph, the run, its sub-agents. */
  holders: number
  timer: unknown
}

/** The claim of a run, or of the run that it is part of. */
export interface HeldClaim {
  readonly claim: Claim
  /** Shows what is being written. */
  readonly live: LiveWriter
  /** This holder made the claim, and has to end it. */
  readonly owned: boolean
  /** Aborted with a `LeaseLost` when a renewal finds that somebody else has the run, or that it was cancelled. */
  readonly lost: AbortSignal
  /** It is needed no more. */
  release(): void
}

/** `a`, `a/b`, `a/b/c`: the runs that a run is part of, and itself. */
const pathsOf = (runId: string): string[] => {
  const parts = runId.split('/')
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'))
}

/** The claims of this process: everything in the tree of a run writes by one, which is renewed while it is held. */
export class HeldClaims {
  readonly #journal: Journal
  readonly #clock: Clock
  readonly #claims = new Map<string, Promise<Held>>()
  constructor(journal: Journal, clock: Clock) {
    this.#journal = journal
    this.#clock = clock
  }
  /** Joins the claim of a run further up, or makes one. @throws what the journal throws */
  async hold(request: ClaimRequest): Promise<HeldClaim> {
    const runId = pathsOf(request.runId).find((path) => this.#claims.has(path)) ?? request.runId
    const claiming = this.#claims.get(runId) ?? this.#claim(request)
    this.#claims.set(runId, claiming)
    const held = await claiming
    held.holders += 1
    const owned = held.holders === 1
    if (owned) this.#renewLater(held, request)
    let isReleased = false
    const release = (): void => {
      if (isReleased) return
      isReleased = true
      held.holders -= 1
      if (held.holders > 0) return
      this.#clock.clearTimeout(held.timer)
      held.live.stop()
      this.#claims.delete(runId)
    }
    const { claim, live } = held
    return { claim, live, owned, lost: held.lost.signal, release }
  }
  async #claim(request: ClaimRequest): Promise<Held> {
    try {
      const claim = await this.#journal.claim(request)
      const live = new LiveWriter(claim, this.#clock)
      return { claim, live, lost: new AbortController(), holders: 0, timer: undefined }
    } catch (error) {
      this.#claims.delete(request.runId)
      throw error
    }
  }
  #renewLater(held: Held, request: ClaimRequest): void {
    const interval = Math.min(request.leaseMs / 3, longestSilenceMs)
    held.timer = this.#clock.setTimeout(() => {
      // A journal that cannot be reached for a moment is asked again; the next write says more.
      held.claim.renew().catch((error: unknown) => LeaseLost.isInstance(error) && held.lost.abort(error))
      if (!held.lost.signal.aborted) this.#renewLater(held, request)
    }, interval)
  }
}
