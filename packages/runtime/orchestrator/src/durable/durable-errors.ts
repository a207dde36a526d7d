import { AshlarError } from '@ashlar/core'
import { isNamed } from '../is-named.ts'

/** This run is under way, here or in another process, and whoever has it holds it until `leaseUntil` (milliseconds since the epoch) at least. */
export class RunLeased extends AshlarError {
  readonly runId: string
  readonly leaseUntil: number
  override name = 'RunLeased'
  constructor(runId: string, leaseUntil: number) {
    const until = new Date(leaseUntil).toISOString()
    super(
      'run-leased',
      `Run "${runId}" is under way: whoever has it holds it until ${until}, and longer while it goes on`,
    )
    this.runId = runId
    this.leaseUntil = leaseUntil
  }
  static override isInstance(error: unknown): error is RunLeased {
    return isNamed(error, 'RunLeased')
  }
}

/** The run is not in the state in which it was to be claimed. */
export class RunChanged extends AshlarError {
  readonly runId: string
  readonly state: string
  override name = 'RunChanged'
  constructor(runId: string, { state, only }: { readonly state: string; readonly only: string }) {
    super('run-changed', `Run "${runId}" is ${state}, not ${only} any more: look at it again`)
    this.runId = runId
    this.state = state
  }
  static override isInstance(error: unknown): error is RunChanged {
    return isNamed(error, 'RunChanged')
  }
}

/** Somebody else has claimed the run since: this process may write nothing more of it. */
export class LeaseLost extends AshlarError {
  readonly runId: string
  override name = 'LeaseLost'
  constructor(runId: string) {
    super('lease-lost', `Run "${runId}" was claimed by another process: nothing more may be written here`)
    this.runId = runId
  }
  static override isInstance(error: unknown): error is LeaseLost {
    return isNamed(error, 'LeaseLost')
  }
}

/** The run was begun by another version of the code, whose steps need not be the same. */
export class CodeVersionMismatch extends AshlarError {
  readonly runId: string
  override name = 'CodeVersionMismatch'
  constructor(runId: string, { begun, now }: { readonly begun: string; readonly now: string }) {
    super(
      'code-version-mismatch',
      `Run "${runId}" was begun by version "${begun}" and this is "${now}": go on with that version, or begin again`,
    )
    this.runId = runId
  }
  static override isInstance(error: unknown): error is CodeVersionMismatch {
    return isNamed(error, 'CodeVersionMismatch')
  }
}

/** A step was asked something else than when it was recorded, or never was: the run does not repeat itself. */
export class ReplayMismatch extends AshlarError {
  readonly key: string
  override name = 'ReplayMismatch'
  constructor(key: string, how = 'is asked something else than when it was recorded') {
    super('replay-mismatch', `Step ${key} ${how}`)
    this.key = key
  }
  static override isInstance(error: unknown): error is ReplayMismatch {
    return isNamed(error, 'ReplayMismatch')
  }
}

/** Tasks of a run were being undone and it could not be ended: nothing is done on top of what they left. */
export class UndoneInPart extends AshlarError {
  readonly runId: string
  /** Ids of the tasks. */
  readonly tasks: readonly string[]
  override name = 'UndoneInPart'
  constructor(runId: string, undoing: readonly { readonly id: string; readonly error?: unknown }[]) {
    const why = undoing.map(({ id, error }) => (error instanceof Error ? `${id} (${error.message})` : id))
    super(
      'undone-in-part',
      `Run "${runId}" was undoing ${why.join(', ')} when it ended, and goes on once \`compensate\` has undone that`,
    )
    this.runId = runId
    this.tasks = undoing.map(({ id }) => id)
  }
  static override isInstance(error: unknown): error is UndoneInPart {
    return isNamed(error, 'UndoneInPart')
  }
}
