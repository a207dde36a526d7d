import { InvalidArgument, isObject, type JsonValue } from '@ashlar/core'
import { toErrorInfo } from '../error-info.ts'
import type { TaskContext } from '../graph-run.ts'
import { TaskPaused } from '../task-paused.ts'
import type { Task, TaskOutcome } from '../task.ts'
import { LeaseLost, ReplayMismatch } from './durable-errors.ts'
import type { Claim, StepRecord } from './journal.ts'
import { digestOf, toJson } from './recorded-model.ts'

/** What is written of a task. JSON cannot tell "no output" from null by itself. */
interface Note {
  readonly attempts: number
  readonly output?: unknown
  /** Counts the successes of the run, in the order in which they came. */
  readonly ended?: number
  /** How often a success of it was undone, `attempts` being 0 since: what is done again then is another effect, under another key. */
  readonly undone?: number
  /** Undoing it was begun: it is no success any more, and not undone yet. */
  readonly undoing?: true
  /** Where it stood when it paused. */
  readonly paused?: unknown
  readonly pending?: TaskPaused['pending']
  /** Answers to that, should the process end again. */
  readonly approvals?: TaskContext['approvals']
  readonly error?: unknown
  readonly retries?: boolean
}

const isNote = (value: unknown): value is Note => isObject(value) && typeof value['attempts'] === 'number'

/** What a task is, without how it is run. */
const digestOfTask = (task: Task): string => {
  const { priority: _p, key: _k, retry: _r, timeoutMs: _t, expectedMs: _e, dependsOn = [], ...rest } = task
  const data = Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return digestOf(data, [...dependsOn].toSorted())
}

/** The tasks of a run, in its journal. */
export class RecordedTasks<T extends Task, Output> {
  readonly #claim: Claim
  readonly #prefix: string
  #ended = 0
  constructor(claim: Claim, runId: string) {
    this.#claim = claim
    this.#prefix = `${runId}:task/`
    for (const { note } of this.#notes()) this.#ended = Math.max(this.#ended, note.ended ?? 0)
  }
  /** Every success of whichever graph, in the order in which they ended. */
  successes(): TaskOutcome<Output>[] {
    return this.#outcomes(({ state }) => state === 'done')
  }
  /** Successes that were being undone when the process ended, or could not be. */
  undoing(): TaskOutcome<Output>[] {
    return this.#outcomes(({ state }, { undoing }) => state !== 'done' && undoing === true)
  }
  /** All that is to be undone, in the order in which they ended. */
  toUndo(): TaskOutcome<Output>[] {
    return this.#outcomes(({ state }, { undoing }) => state === 'done' || undoing === true)
  }
  /** @throws ReplayMismatch for a task that is done, or paused, and is another now */
  checkSame(tasks: readonly T[]): void {
    for (const task of tasks) {
      const step = this.#claim.steps.get(this.#prefix + task.id)
      const note = this.#noteOf(task.id)
      const counts = step?.state === 'done' || note?.undoing || note?.paused !== undefined
      if (counts && step?.digest !== undefined && step.digest !== digestOfTask(task))
        throw new ReplayMismatch(
          step.key,
          'is another than when it was done: give a task that changed a new id',
        )
    }
  }
  /** @throws InvalidArgument for an answer to what nobody asked */
  checkApprovals(approvals: TaskContext['approvals'] = {}): void {
    const open = [...this.#notes()].flatMap(({ id, note: { pending = [] } }) =>
      pending.map(({ callId }) => `${id}/${callId}`),
    )
    for (const given of Object.keys(approvals))
      if (!open.includes(given))
        throw new InvalidArgument('approvals', `what waits (${open.join(', ') || 'nothing does'})`, given)
  }
  /** The task begins: what it may know is what is recorded of it. */
  async begin(task: T, context: TaskContext<Output>): Promise<TaskContext<Output>> {
    const { undone, paused, pending, approvals: before } = this.#noteOf(task.id) ?? {}
    const { attempt: attempts, runId, report, skip } = context
    const approvals = { ...before, ...context.approvals }
    const waited = paused !== undefined && { paused, approvals, ...(pending && { pending }) }
    await this.#write(task, 'started', { attempts, ...(undone && { undone }), ...waited })
    // It is what the work gave, as JSON.
    const stood = paused === undefined ? context.paused : (paused as Output)
    return {
      runId,
      attempt: attempts,
      report,
      skip,
      approvals,
      paused: stood,
      idempotencyKey: this.#keyOf(context.idempotencyKey, undone),
      get signal() {
        return context.signal
      },
      get inputs() {
        return context.inputs
      },
      get upstream() {
        return context.upstream
      },
    }
  }
  async succeed(task: T, attempts: number, output: Output): Promise<void> {
    const { undone } = this.#noteOf(task.id) ?? {}
    this.#ended += 1
    await this.#write(task, 'done', { attempts, output, ended: this.#ended, ...(undone && { undone }) })
  }
  /** It paused, or failed: for whoever goes on, or watches. A claim that was lost has nothing to say. */
  async fail(task: T, error: unknown, facts: Pick<Note, 'attempts' | 'retries'>): Promise<void> {
    // A try that was given up may have succeeded since.
    if (LeaseLost.isInstance(error) || this.#claim.steps.get(this.#prefix + task.id)?.state === 'done') return
    const { undone, paused, pending, approvals } = this.#noteOf(task.id) ?? {}
    const { attempts } = facts
    if (TaskPaused.isInstance(error)) {
      const { output, pending: open } = error
      return this.#write(task, 'started', {
        attempts,
        ...(undone && { undone }),
        paused: output,
        pending: open,
      })
    }
    const kept = { ...(undone && { undone }), ...(pending && { pending }), ...(approvals && { approvals }) }
    const note: Note = {
      ...facts,
      ...kept,
      error: toErrorInfo(error),
      ...(paused !== undefined && { paused }),
    }
    await this.#write(task, 'started', note).catch(() => {})
  }
  /** Undoes a success, which is none from here on: whoever goes on undoes it before anything else. */
  async undo(task: T, key: string, does: (key: string) => void | Promise<void>): Promise<void> {
    const note = this.#noteOf(task.id) ?? { attempts: 0 }
    const { undone = 0, ended = 0 } = note
    await this.#write(task, 'started', { ...note, undoing: true })
    try {
      await does(this.#keyOf(key.replace(/:undo$/, ''), undone) + ':undo')
    } catch (error) {
      await this.#write(task, 'unknown', { ...note, undoing: true, error: toErrorInfo(error) })
      throw error
    }
    await this.#write(task, 'started', { attempts: 0, undone: undone + 1, ended })
  }
  #keyOf(key: string, undone = 0): string {
    return undone === 0 ? key : `${key}:undone${undone}`
  }
  #noteOf(id: string): Note | undefined {
    const value = this.#claim.steps.get(this.#prefix + id)?.value
    return isNote(value) ? value : undefined
  }
  *#notes(): Generator<{ readonly id: string; readonly step: StepRecord; readonly note: Note }> {
    for (const step of this.#claim.steps.values()) {
      const id = step.key.startsWith(this.#prefix) ? step.key.slice(this.#prefix.length) : ''
      if (id !== '' && isNote(step.value)) yield { id, step, note: step.value }
    }
  }
  #outcomes(counts: (step: StepRecord, note: Note) => boolean): TaskOutcome<Output>[] {
    return [...this.#notes()]
      .filter(({ step, note }) => counts(step, note))
      .toSorted((a, b) => (a.note.ended ?? 0) - (b.note.ended ?? 0))
      .map(({ id, note: { attempts, output } }) => ({
        id,
        state: 'success',
        attempts,
        durationMs: 0,
        // It is what the work gave, as JSON.
        ...(output !== undefined && { output: output as Output }),
      }))
  }
  #write(task: T, state: StepRecord['state'], note: Note): Promise<void> {
    const value: JsonValue = toJson(note)
    return this.#claim.write({ key: this.#prefix + task.id, state, digest: digestOfTask(task), value })
  }
}
