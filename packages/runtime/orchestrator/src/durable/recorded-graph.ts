import { isObject, type JsonValue } from '@ashlar/core'
import type { Graph } from '../define-graph.ts'
import { toErrorInfo } from '../error-info.ts'
import type { GraphRun, RunGraphOptions, Work } from '../graph-run.ts'
import { retryDelay } from '../retry-delay.ts'
import { runGraph } from '../run-graph.ts'
import type { Task, TaskOutcome } from '../task.ts'
import { LeaseLost } from './durable-errors.ts'
import type { HeldClaim } from './held-claims.ts'
import { toJson } from './recorded-model.ts'

const keyOf = (runId: string, task: string): string => `${runId}:task/${task}`

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

/** Runs a graph whose successes are recorded before anything starts that depends on them. */
export const runRecordedGraph = <T extends Task, Output>(
  { graph, work, held }: RecordedGraph<T, Output>,
  options: RunGraphOptions<T, Output> & { readonly runId: string },
): GraphRun<Output> => {
  const { claim, owned, lost } = held
  const { runId, from = [] } = options
  const known = graph.tasks.flatMap(({ id }) => {
    const step = claim.steps.get(keyOf(runId, id))
    return (step?.state === 'done' && toOutcome<Output>(id, step.value)) || []
  })
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
  const run = runGraph(graph, recorded, { ...options, from: [...known, ...from] })
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
