import { AshlarError, hasName, messageOf } from './ashlar-error.ts'
import type { AssistantPart, Message, ToolCallPart } from './message.ts'
import type { Attempt } from './model.ts'
import type { RunInput } from './run.ts'
import type { Usage } from './usage.ts'

/** What went wrong with a model call. */
export type ModelErrorKind =
  | 'auth'
  | 'rate-limit'
  | 'overloaded'
  | 'context-overflow'
  | 'content'
  | 'network'
  | 'timeout'
  | 'bad-request'

export interface ModelErrorFacts {
  readonly kind: ModelErrorKind
  readonly provider: string
  readonly modelId: string
  readonly status?: number
  /** @default by kind: rate-limit, overloaded, network and timeout may be tried again */
  readonly retryable?: boolean
  readonly retryAfterMs?: number
  readonly requestId?: string
  /** The parts that had arrived when the stream died. */
  readonly partial?: readonly AssistantPart[]
  /** What the failed call used, as far as it is known. */
  readonly usage?: Usage
  /** Every try behind the failure, the last included. */
  readonly attempts?: readonly Attempt[]
}

const retryableKinds: readonly ModelErrorKind[] = ['rate-limit', 'overloaded', 'network', 'timeout']

/** A model call failed. `code` is the kind. */
export class ModelError extends AshlarError implements ModelErrorFacts {
  declare readonly kind: ModelErrorKind
  declare readonly provider: string
  declare readonly modelId: string
  declare readonly status?: number
  declare readonly retryable: boolean
  declare readonly retryAfterMs?: number
  declare readonly requestId?: string
  declare readonly partial?: readonly AssistantPart[]
  declare readonly usage?: Usage
  declare readonly attempts?: readonly Attempt[]
  override name = 'ModelError'
  constructor(message: string, facts: ModelErrorFacts, options?: ErrorOptions) {
    super(facts.kind, message, options)
    Object.assign(this, { ...facts, retryable: facts.retryable ?? retryableKinds.includes(facts.kind) })
  }
  static override isInstance(error: unknown): error is ModelError {
    return hasName(error, 'ModelError')
  }
}

const stateOf = ({ runId, messages, steps, usage }: Required<RunInput>): Required<RunInput> => ({
  runId,
  messages,
  steps,
  usage,
})

export interface RunIncompleteFacts extends Required<RunInput> {
  readonly reason: string
  readonly pending: readonly ToolCallPart[]
}

/** The run ended without what was asked for; `reason` says how. A state to go on from: `agent.run(error)`. */
export class RunIncomplete extends AshlarError implements Required<RunInput> {
  declare readonly runId: string
  declare readonly reason: string
  declare readonly messages: readonly Message[]
  declare readonly steps: number
  declare readonly usage: Usage
  /** Calls that wait for an approval or for the caller's answer; empty unless paused. */
  declare readonly pending: readonly ToolCallPart[]
  override name = 'RunIncomplete'
  constructor(message: string, facts: RunIncompleteFacts) {
    super('run-incomplete', message)
    const { reason, pending } = facts
    Object.assign(this, stateOf(facts), { reason, pending })
  }
  static override isInstance(error: unknown): error is RunIncomplete {
    return hasName(error, 'RunIncomplete')
  }
}

/**
 * The run was aborted by its signal or by leaving the iteration; `cause` is the signal's reason. A state to go
 * on from: `agent.run(error)`.
 */
export class RunAborted extends AshlarError implements Required<RunInput> {
  declare readonly runId: string
  declare readonly messages: readonly Message[]
  declare readonly steps: number
  declare readonly usage: Usage
  override name = 'RunAborted'
  constructor(state: Required<RunInput>, options?: ErrorOptions) {
    const why = options?.cause instanceof Error ? `: ${messageOf(options.cause)}` : ''
    super('run-aborted', `The run was aborted${why}`, options)
    Object.assign(this, stateOf(state))
  }
  static override isInstance(error: unknown): error is RunAborted {
    return hasName(error, 'RunAborted')
  }
}

/** A hook of the plugin named `plugin` threw `cause`, gave what it may not, or is none. */
export class PluginError extends AshlarError {
  readonly plugin: string
  override name = 'PluginError'
  constructor(plugin: string, hook: string, cause: unknown) {
    super('plugin-error', `Plugin "${plugin}" failed in ${hook}: ${messageOf(cause)}`, { cause })
    this.plugin = plugin
  }
  static override isInstance(error: unknown): error is PluginError {
    return hasName(error, 'PluginError')
  }
}

/** An option, definition or argument is wrong; the message names it, what was expected and what came. */
export class InvalidArgument extends AshlarError {
  readonly argument: string
  override name = 'InvalidArgument'
  constructor(argument: string, expected: string, received: unknown) {
    const shown =
      typeof received === 'string'
        ? JSON.stringify(received)
        : typeof received === 'function'
          ? 'a function'
          : messageOf(received)
    super('invalid-argument', `${argument}: expected ${expected}, received ${shown}`)
    this.argument = argument
  }
  static override isInstance(error: unknown): error is InvalidArgument {
    return hasName(error, 'InvalidArgument')
  }
}
