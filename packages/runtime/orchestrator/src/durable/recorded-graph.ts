import { isObject, type JsonValue } from '@ashlar/core'
import { defineGraph, type Graph } from '../define-graph.ts'
import { toErrorInfo } from '../error-info.ts'
import type { GraphRun, Work } from '../graph-run.ts'
import { retryDelay } from '../retry-delay.ts'
import { type ReplanOptions, runReplanned, type RunReplannedOptions } from '../run-replanned.ts'
import type { Task, TaskOutcome } from '../task.ts'
import { LeaseLost } from './durable-errors.ts'
import type { HeldClaim } from './held-claims.ts'
import type { Claim } from './journal.ts'
import { planKey, plansIn, tasksIn } from './recorded-plans.ts'
import { toJson } from './recorded-model.ts'

const keyOf = (runId: string, task: string): string => `${runId}:task/${task}`

/** Every success that is recorded, of whichever graph. */
const successesIn = <Output>({ steps }: Claim, runId: string): TaskOutcome<Output>[] =>
  [...steps.values()].flatMap(({ key, state, value }) => {
    const prefix = keyOf(runId, '')
    if (state !== 'done' || !key.startsWith(prefix)) return []
    return toOutcome<Output>(key.slice(prefix.length), value) ?? []
  })

interface RecordedGraph<T extends Task, Output> {
  readonly graph: Graph<T>
  readonly work: Work<T, Output>
  readonly held: HeldClaim
}

/** What is written of a success: JSON cannot tell "no output" from null by itself. */
const toOutcome = <Output>(id: string, value: JsonValue | undefined): TaskOutcome<Output> | undefined => {
  if (!isObject(value) || typeof value['attempts'] !== 'number') return undefined
  // It is what the work gave, as JSON.
  const output = value['output'] as Output | undefined
  return {
    id,
    state: 'success',
    attempts: value['attempts'],
    durationMs: 0,
    ...(output !== undefined && { output }),
  }
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
    if (!next) return undefined
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

/** Runs a graph whose successes are recorded before anything starts that depends on them. */
export const runRecordedGraph = <T extends Task, Output>(
  { graph, work, held }: RecordedGraph<T, Output>,
  options: RunReplannedOptions<T, Output> & { readonly runId: string },
): GraphRun<Output> => {
  const { claim, owned, lost } = held
  const { runId, from = [], onReplan } = options
  const recorded: Work<T, Output> = async (task, context) => {
    const key = keyOf(runId, task.id)
    const { attempt: attempts } = context
    await claim.write({ key, state: 'started', value: { attempts } })
    try {
      const output = await work(task, context)
      await claim.write({ key, state: 'done', value: toJson({ attempts, output }) })
      return output
    } catch (error) {
      // For whoever watches; a claim that was lost has nothing to say.
      const retry = task.retry ?? options.retry ?? {}
      const retries = retryDelay(error, { retry, tries: attempts, random: () => 0 }) !== undefined
      const value = toJson({ attempts, error: toErrorInfo(error), retries })
      if (!LeaseLost.isInstance(error)) await claim.write({ key, state: 'started', value }).catch(() => {})
      throw error
    }
  }
  const { last, earlier, ...replanning } = recordedReplans({ graph, claim, options })
  const known = successesIn<Output>(claim, runId)
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
      const state = ended.state === 'success' ? 'done' : ended.state === 'failed' ? 'failed' : 'aborted'
      const summary = Object.fromEntries([...ended.outcomes].map(([id, outcome]) => [id, outcome.state]))
      leave()
      if (owned && !lost.aborted) await claim.end(state, toJson(summary))
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
