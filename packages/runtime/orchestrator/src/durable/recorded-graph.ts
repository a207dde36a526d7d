import type { JsonValue } from '@ashlar/core'
import { systemClock } from '@ashlar/core/clock'
import { Compensation } from '../compensation.ts'
import { defineGraph, type Graph } from '../define-graph.ts'
import { toErrorInfo } from '../error-info.ts'
import type { GraphResult, GraphRun, RunGraphOptions, Work } from '../graph-run.ts'
import { retryDelay } from '../retry-delay.ts'
import { type ReplanOptions, runReplanned, type RunReplannedOptions } from '../run-replanned.ts'
import type { RetryPolicy, Task } from '../task.ts'
import { LeaseLost, UndoneInPart } from './durable-errors.ts'
import type { HeldClaim } from './held-claims.ts'
import type { Claim, RecordedState } from './journal.ts'
import { planKey, plansIn, tasksIn } from './recorded-plans.ts'
import { toJson } from './recorded-model.ts'
import { RecordedTasks } from './recorded-tasks.ts'

interface RecordedGraph<T extends Task, Output> {
  readonly graph: Graph<T>
  readonly work: Work<T, Output>
  readonly held: HeldClaim
}

/** Where a run is with its graphs, and how it comes to another: that is recorded before anything of it starts. */
const recordedReplans = <T extends Task, Output>({
  graph,
  claim,
  options: { runId, replan, replans = 1 },
}: {
  readonly graph: Graph<T>
  readonly claim: Claim
  readonly options: ReplanOptions<T, Output> & { readonly runId: string }
}) => {
  // They are those that the graphs of this run were made of, as JSON.
  const first = (tasksIn(claim.input) ?? []) as readonly T[]
  const plans = plansIn(claim.steps, runId) as (readonly T[])[]
  const last = plans.at(-1)
  // Whoever goes on with a run that had failed wants more than that failure.
  const used = claim.before?.state === 'failed' ? 0 : plans.length
  let count = plans.length
  const recorded: ReplanOptions<T, Output>['replan'] = async (failed) => {
    const next = await replan?.(failed)
    if (!next || failed.signal.aborted) return undefined
    await claim.write({ key: planKey(runId, count), state: 'done', value: toJson({ tasks: next.tasks }) })
    count += 1
    return next
  }
  return {
    last: last ? defineGraph(last) : graph,
    earlier: last ? [first, ...plans.slice(0, -1)].flat() : [],
    replans: Math.max(0, replans - used),
    ...(replan && { replan: recorded }),
  }
}

/** Whoever has the run now says how it ends. */
const unlessLost = (error: unknown): void => {
  if (!LeaseLost.isInstance(error)) throw error
}

const endOf = ({ state }: GraphResult): RecordedState => {
  if (state === 'success') return 'done'
  return state === 'cancelled' ? 'aborted' : state
}

/** How each task ended, and what a paused run waits for. */
const summaryOf = ({ state, outcomes, compensated, pending }: GraphResult): JsonValue => {
  const undone = compensated.flatMap(({ id, error }) => (error === undefined ? [[id, 'cancelled']] : []))
  const ends = [...Array.from(outcomes, ([id, end]) => [id, end.state]), ...undone]
  const waits = pending.map(({ id: callId, name, input }) => ({ callId, name, input }))
  return toJson({ ...Object.fromEntries(ends), ...(state === 'paused' && { pending: waits }) })
}

/**
 * Ends the undoing that an earlier process had begun, before anything is done on top of it. Where the run is cancelled
 * that is undone in its turn.
 * @throws UndoneInPart when it cannot be ended
 */
const endUndoing = async <T extends Task, Output>(
  graph: Graph<T>,
  tasks: RecordedTasks<T, Output>,
  options: RunGraphOptions<T, Output> & { readonly runId: string },
): Promise<void> => {
  const begun = tasks.undoing()
  if (begun.length === 0) return
  const { runId, compensate, earlier = [], signal, clock = systemClock } = options
  const isKnown = (id: string): boolean =>
    graph.numberOf(id) !== undefined || earlier.some((task) => task.id === id)
  if (!compensate || begun.some(({ id }) => !isKnown(id))) throw new UndoneInPart(runId, begun)
  if (signal?.aborted) return
  const undoing = new Compensation({ ...options, graph, from: [], runId, clock, onDone: () => {} })
  const all = await undoing.end(new Map(begun.map((outcome) => [outcome.id, outcome])), true)
  const failed = all.filter(({ error }) => error !== undefined)
  if (failed.length > 0) throw new UndoneInPart(runId, failed)
}

/** Work that is recorded before anybody sees what it gave. */
const recordedWork =
  <T extends Task, Output>({
    work,
    held,
    tasks,
    retry: usual = {},
  }: Pick<RecordedGraph<T, Output>, 'work' | 'held'> & {
    readonly tasks: RecordedTasks<T, Output>
    readonly retry: RetryPolicy | undefined
  }): Work<T, Output> =>
  async (task, context) => {
    const { attempt: attempts } = context
    const own = await tasks.begin(task, context)
    try {
      await held.ensure()
      const output = await work(task, own)
      await tasks.succeed(task, attempts, output)
      return output
    } catch (error) {
      const { retry = usual } = task
      const retries = retryDelay(error, { retry, tries: attempts, random: () => 0 }) !== undefined
      await tasks.fail(task, error, { attempts, retries })
      throw error
    }
  }

/** Whether a run that paused was asked to be cancelled meanwhile: then it is to be undone, and waits for nobody. */
const isAsked = async ({ state }: GraphResult, { owned, look, cancelled }: HeldClaim): Promise<boolean> => {
  if (state !== 'paused' || !owned) return false
  // A claim that was lost, or cannot be renewed, is for its end to tell.
  await look().catch(() => {})
  return cancelled.aborted
}

/**
 * Runs a graph whose successes are recorded before anything starts that depends on them, and so is each that is undone.
 * @throws ReplayMismatch for a task that is done and is another now, UndoneInPart for one that cannot be undone
 */
export const runRecordedGraph = async <T extends Task, Output>(
  { graph, work, held }: RecordedGraph<T, Output>,
  given: RunReplannedOptions<T, Output> & { readonly runId: string },
): Promise<GraphRun<Output>> => {
  const { claim, owned, lost, cancelled } = held
  const { runId, from = [], onReplan, compensate } = given
  const tasks = new RecordedTasks<T, Output>(claim, runId)
  const options: typeof given = {
    ...given,
    signal: given.signal ? AbortSignal.any([given.signal, cancelled]) : cancelled,
    ...(compensate && {
      compensate: (task, outcome, context) =>
        tasks.undo(task, context.idempotencyKey, (idempotencyKey) =>
          compensate(task, outcome, { signal: context.signal, idempotencyKey }),
        ),
    }),
  }
  const recorded = recordedWork({ work, held, tasks, retry: given.retry })
  const { last, earlier, ...replanning } = recordedReplans({ graph, claim, options })
  if (last === graph) tasks.checkSame(graph.tasks)
  tasks.checkApprovals(given.approvals)
  await endUndoing(last, tasks, { ...options, earlier })
  const known = options.signal?.aborted ? tasks.toUndo() : tasks.successes()
  if (last !== graph) onReplan?.(last)
  const run = runReplanned(last, recorded, { ...options, ...replanning, earlier, from: [...known, ...from] })
  const abandon = (): void => run.cancel(lost.reason)
  lost.addEventListener('abort', abandon, { once: true })
  const leave = (): void => {
    lost.removeEventListener('abort', abandon)
    held.release()
  }
  const result = run.result.then(
    async (ended) => {
      if (await isAsked(ended, held)) {
        lost.removeEventListener('abort', abandon)
        const { onReplan: _r, approvals: _a, ...again } = given
        return (await runRecordedGraph({ graph, work, held }, again)).result
      }
      leave()
      if (owned && !lost.aborted) await claim.end(endOf(ended), summaryOf(ended)).catch(unlessLost)
      return ended
    },
    async (error: unknown) => {
      leave()
      if (owned) await claim.end('failed', toJson(toErrorInfo(error))).catch(() => {})
      throw error
    },
  )
  result.catch(() => {})
  return { ...run, result }
}
