import {
  addUsage,
  type Agent,
  type AgentEvent,
  AshlarError,
  InvalidArgument,
  isObject,
  noUsage,
  type RunContext,
  type RunInput,
  type RunOptions,
  type RunResult,
  type Usage,
} from '@ashlar/core'
import { toErrorInfo } from '../error-info.ts'
import type { ErrorInfo } from '../execution.ts'
import type { TaskOutcome } from '../task.ts'
import { isNamed } from '../is-named.ts'

/** What every pattern may be told of where it runs. */
export interface PatternOptions {
  /** Names the run; its agents run as `runId/…`, the same for the same input. @default the parent's next child, else a random UUID */
  readonly runId?: string
  /** The run that this is part of: `context.run` of the tool that starts it. */
  readonly parent?: RunContext
  readonly signal?: AbortSignal
  /** Told of everything that the agents do. @default nobody: models send no deltas */
  readonly onEvent?: (event: AgentEvent, turn: Pick<Turn, 'runId' | 'agent'>) => void
}

/** One run of one agent in a pattern. Plain JSON. */
export interface Turn {
  readonly runId: string
  /** The agent's name. */
  readonly agent: string
  readonly state: 'done' | 'failed'
  /** The answer; what there is of it after a failure. */
  readonly text: string
  /** Exactly when it failed: the code is how the run ended, or that of the error. */
  readonly error?: ErrorInfo
  /** What it used, failed or not. */
  readonly usage: Usage
}

/** What every pattern gives. */
export interface PatternResult<Value> {
  readonly value: Value
  /** Every run of an agent, in the order in which they ended. */
  readonly turns: readonly Turn[]
  /** The sum of all turns. */
  readonly usage: Usage
}

/** A pattern came to no value; `cause` says why. What it did and used is kept. */
export class PatternFailed extends AshlarError {
  readonly turns: readonly Turn[]
  readonly usage: Usage
  override name = 'PatternFailed'
  constructor(message: string, facts: Pick<PatternFailed, 'turns' | 'usage'>, options?: ErrorOptions) {
    super('pattern-failed', message, options)
    this.turns = facts.turns
    this.usage = facts.usage
  }
  static override isInstance(error: unknown): error is PatternFailed {
    return isNamed(error, 'PatternFailed')
  }
}

/** A turn with the result of its run; without one, it failed. */
export interface TakenTurn {
  readonly turn: Turn
  readonly result?: RunResult<unknown>
}

const isUsage = (value: unknown): value is Usage =>
  isObject(value) && typeof value['inputTokens'] === 'number' && typeof value['outputTokens'] === 'number'

const endedAs = ({ reason }: RunResult<unknown>, agent: string): ErrorInfo => ({
  code: reason,
  name: 'RunIncomplete',
  message: `${agent} ended as "${reason}" without an answer`,
})

/** The runs of the agents of one pattern: one tree of ids, one signal, one sum. */
export class PatternRun {
  readonly id: string
  readonly #options: PatternOptions
  readonly #turns: Turn[] = []
  constructor(options: PatternOptions) {
    this.#options = options
    this.id = options.runId ?? options.parent?.childId() ?? crypto.randomUUID()
  }
  get turns(): readonly Turn[] {
    return [...this.#turns]
  }
  get usage(): Usage {
    return this.#turns.reduce((sum, { usage }) => addUsage(sum, usage), noUsage)
  }
  /** Throws what ended the pattern from outside, with what it did so far. */
  throwIfAborted(): void {
    const { signal, parent } = this.#options
    const aborted = [signal, parent?.signal].find((one) => one?.aborted)
    if (aborted) throw this.failed('The pattern was aborted', aborted.reason)
  }
  failed(message: string, cause?: unknown): PatternFailed {
    const why = cause instanceof Error ? `: ${cause.message}` : ''
    return new PatternFailed(`${message}${why}`, this, { cause })
  }
  result<Value>(value: Value): PatternResult<Value> {
    return { value, turns: this.turns, usage: this.usage }
  }
  /** Runs an agent as `id/name`. Its failure is in the turn. @throws PatternFailed when the pattern was aborted */
  async run(
    agent: Agent,
    input: string | RunInput,
    { name, ...how }: Pick<RunOptions, 'output'> & { readonly name: string },
  ): Promise<TakenTurn> {
    this.throwIfAborted()
    const taken = await this.#take(agent, input, { ...how, runId: `${this.id}/${name}` })
    this.#turns.push(taken.turn)
    this.throwIfAborted()
    return taken
  }
  /** Waits for all, also when one throws: nothing is left running, and what it cost is known. */
  async all<T>(work: readonly Promise<T>[]): Promise<T[]> {
    const ends = await Promise.allSettled(work)
    this.throwIfAborted()
    return ends.map((end) => {
      if (end.status === 'rejected') throw end.reason
      return end.value
    })
  }
  async #take(
    agent: Agent,
    input: string | RunInput,
    how: Pick<RunOptions, 'output'> & { readonly runId: string },
  ): Promise<TakenTurn> {
    const { signal, parent, onEvent } = this.#options
    const { runId, output } = how
    const options = {
      runId,
      deltas: onEvent !== undefined,
      ...(signal && { signal }),
      ...(parent && { parent }),
    }
    const run = output ? agent.run(input, { ...options, output }) : agent.run(input, options)
    const who = { runId, agent: agent.name }
    let counted = noUsage
    try {
      for await (const event of run) {
        if (event.type === 'step-end') counted = addUsage(counted, event.usage)
        onEvent?.(event, who)
      }
      const result: RunResult<unknown> = await run
      const { reason, text, usage } = result
      if (reason === 'done' || reason === 'stopped')
        return { turn: { ...who, state: 'done', text, usage }, result }
      return { turn: { ...who, state: 'failed', text, error: endedAs(result, agent.name), usage } }
    } catch (error) {
      // The state that some errors have knows all of it; a model's error only its own call.
      const own = isObject(error) && isUsage(error['usage']) ? error['usage'] : noUsage
      const usage = isObject(error) && 'messages' in error ? own : addUsage(counted, own)
      return { turn: { ...who, state: 'failed', text: '', error: toErrorInfo(error), usage } }
    }
  }
}

/** Turns as outcomes that `aggregate` takes, by their place in the list. */
export const toOutcomes = (turns: readonly Turn[]): ReadonlyMap<string, TaskOutcome<string>> =>
  new Map(
    turns.map(({ state, text }, i): [string, TaskOutcome<string>] => {
      const end =
        state === 'done' ? { state: 'success' as const, output: text } : { state: 'failed' as const }
      return [`${i}`, { id: `${i}`, attempts: 1, durationMs: 0, ...end }]
    }),
  )

/** @throws InvalidArgument */
export const requireAgents = (name: string, agents: readonly Agent[]): void => {
  if (agents.length === 0) throw new InvalidArgument(name, 'at least one agent', 'none')
}
