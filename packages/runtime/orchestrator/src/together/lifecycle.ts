import { AsyncLocalStorage } from 'node:async_hooks'
import { AshlarError } from '@ashlar/core'
import { isNamed } from '../is-named.ts'

/** Where an agent stands in its life. `disposed` is the end. */
export type LifecycleState =
  | 'created'
  | 'initializing'
  | 'running'
  | 'paused'
  | 'stopped'
  | 'disposed'
  | 'error'

/** What may follow on what. */
const allowed: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  created: ['initializing', 'disposed'],
  initializing: ['running', 'error', 'disposed'],
  running: ['paused', 'stopped', 'error'],
  paused: ['running', 'stopped', 'error'],
  stopped: ['initializing', 'disposed'],
  error: ['initializing', 'stopped', 'disposed'],
  disposed: [],
}

export interface LifecycleEvent {
  /** `before` may still be stopped by an error; `after` it has happened. */
  readonly phase: 'before' | 'after'
  readonly from: LifecycleState
  readonly to: LifecycleState
  /** Of a move to `error`. */
  readonly error?: unknown
}

export type LifecycleListener = (event: LifecycleEvent) => void | Promise<void>

/** A move that the life of an agent does not have. */
export class LifecycleError extends AshlarError {
  readonly from: LifecycleState
  readonly to: LifecycleState
  override name = 'LifecycleError'
  constructor(from: LifecycleState, to: LifecycleState) {
    const next = allowed[from].join(', ') || 'nothing'
    super('lifecycle', `An agent that is ${from} cannot be ${to} next: ${next} can follow`)
    this.from = from
    this.to = to
  }
  static override isInstance(error: unknown): error is LifecycleError {
    return isNamed(error, 'LifecycleError')
  }
}

/** What an agent does at the moves of its life. All are optional; what they throw leads to `error`. */
export interface LifecycleActions {
  readonly initialize?: () => void | Promise<void>
  readonly pause?: () => void | Promise<void>
  readonly resume?: () => void | Promise<void>
  readonly stop?: () => void | Promise<void>
  readonly dispose?: () => void | Promise<void>
}

/**
 * The life of an agent. Moves that are asked for at once happen one after the other. One that is asked for inside an
 * action or a listener of this life is made right after the move under way: its promise resolves at once, so that it
 * may be awaited there, and what comes of it is in the promise of the move under way.
 */
export interface Lifecycle extends AsyncDisposable {
  readonly state: LifecycleState
  /** `created`, `stopped` or `error` → `initializing` → `running`. */
  start(): Promise<void>
  pause(): Promise<void>
  resume(): Promise<void>
  stop(): Promise<void>
  /** Stops first what runs. More than once is no error. */
  dispose(): Promise<void>
  /** Something went wrong: → `error`. An action that is under way is left with it, so that it may call this itself. */
  fail(error: unknown): Promise<void>
  /**
   * Told before and after every move; what a listener throws before a move stops the move, but for
   * one to `error`. Returns how to leave.
   */
  onChange(listener: LifecycleListener): () => void
}

type Move = () => Promise<void>

/** A move under way, and those that its actions and listeners ask for. */
interface Turn {
  readonly asked: Move[]
}

class Life implements Lifecycle {
  readonly #actions: LifecycleActions
  readonly #listeners = new Set<LifecycleListener>()
  #state: LifecycleState = 'created'
  #last: Promise<unknown> = Promise.resolve()
  /** The turn in which something is called, also long after it. */
  readonly #calledIn = new AsyncLocalStorage<Turn>()
  /** The turn that is under way. */
  #turn: Turn | undefined
  /** Ends the action that is under way. */
  #acting: ((error: unknown) => void) | undefined
  constructor(actions: LifecycleActions) {
    this.#actions = actions
  }
  get state(): LifecycleState {
    return this.#state
  }
  start(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#move('initializing')
      await this.#act(this.#actions.initialize)
      try {
        await this.#move('running')
      } catch (veto) {
        // One that may not run can be started again.
        if (this.#state === 'initializing') await this.#move('error', veto)
        throw veto
      }
    })
  }
  pause(): Promise<void> {
    return this.#inTurn(() => this.#actThenMove('paused', this.#actions.pause))
  }
  resume(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state !== 'paused') throw new LifecycleError(this.#state, 'running')
      await this.#actThenMove('running', this.#actions.resume)
    })
  }
  stop(): Promise<void> {
    return this.#inTurn(() => this.#stop())
  }
  dispose(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#state === 'disposed') return
      if (this.#state === 'running' || this.#state === 'paused') await this.#stop().catch(() => {})
      await this.#actThenMove('disposed', this.#actions.dispose)
      this.#listeners.clear()
    })
  }
  fail(error: unknown): Promise<void> {
    // What goes on waits for nothing that fails it: also when that is itself.
    if (this.#acting) {
      this.#acting(error)
      return this.#afterAll(async () => {})
    }
    return this.#inTurn(() => this.#move('error', error))
  }
  onChange(listener: LifecycleListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }
  #stop(): Promise<void> {
    return this.#actThenMove('stopped', this.#state === 'error' ? undefined : this.#actions.stop)
  }
  #inTurn(move: Move): Promise<void> {
    const turn = this.#calledIn.getStore()
    if (turn === undefined || turn !== this.#turn) return this.#afterAll(() => this.#take(move))
    // What is under way waits for whoever calls: that one cannot wait for it.
    turn.asked.push(move)
    return Promise.resolve()
  }
  #afterAll(work: Move): Promise<void> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => {})
    return done
  }
  /** Makes a move, then those asked for in it. @throws what went wrong first */
  async #take(move: Move): Promise<void> {
    const turn: Turn = { asked: [] }
    this.#turn = turn
    let failed: { readonly error: unknown } | undefined
    for (let next: Move | undefined = move; next; next = turn.asked.shift())
      try {
        await this.#calledIn.run(turn, next)
      } catch (error) {
        failed ??= { error }
      }
    this.#turn = undefined
    if (failed) throw failed.error
  }
  #require(to: LifecycleState): void {
    if (!allowed[this.#state].includes(to)) throw new LifecycleError(this.#state, to)
  }
  async #move(to: LifecycleState, error?: unknown): Promise<void> {
    this.#require(to)
    const facts = { from: this.#state, to, ...(error !== undefined && { error }) }
    for (const listener of this.#listeners)
      try {
        await listener({ phase: 'before', ...facts })
      } catch (veto) {
        // What went wrong cannot be stopped from having gone wrong.
        if (to !== 'error') throw veto
      }
    this.#state = to
    for (const listener of this.#listeners) await listener({ phase: 'after', ...facts })
  }
  /** Does what belongs to a move; a failure leads to `error` where that can follow, and is thrown. */
  async #act(action: (() => void | Promise<void>) | undefined): Promise<void> {
    const { promise: failed, reject } = Promise.withResolvers<never>()
    this.#acting = reject
    try {
      await Promise.race([action?.(), failed])
    } catch (error) {
      this.#acting = undefined
      if (allowed[this.#state].includes('error')) await this.#move('error', error)
      throw error
    } finally {
      this.#acting = undefined
    }
  }
  async #actThenMove(to: LifecycleState, action: (() => void | Promise<void>) | undefined): Promise<void> {
    this.#require(to)
    await this.#act(action)
    await this.#move(to)
  }
}

/** The life of an agent, from `created`. */
export const createLifecycle = (actions: LifecycleActions = {}): Lifecycle => new Life(actions)
