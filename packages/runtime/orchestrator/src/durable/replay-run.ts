import { type Agent, InvalidArgument, isObject, type LanguageModel, type Plugin } from '@ashlar/core'
import { answersIn } from '../view/recorded-answer.ts'
import { isDefinition } from './agent-definition.ts'
import { ReplayMismatch } from './durable-errors.ts'
import { durableRuns } from './durable-runs.ts'
import type { Claim, Journal, RunRecord, StepRecord } from './journal.ts'
import { toJson } from './recorded-model.ts'

/** What an agent that is to be replayed is made of. */
export interface ReplayParts {
  /** It refuses to be asked. */
  readonly model: LanguageModel
  /** Put them last. */
  readonly plugins: readonly Plugin[]
}

export interface ReplayOptions {
  readonly runId: string
  /** Makes the agent that ran, around the model and the plugins given. */
  readonly agent: (parts: ReplayParts) => Agent | Promise<Agent>
  /** The model that it ran with. @default the recorded one */
  readonly model?: Pick<LanguageModel, 'provider' | 'modelId'>
}

/** How a replay ended. */
export interface Replay {
  /** The agent is the recorded one, and so is the result, byte for byte. */
  readonly same: boolean
  /** Where the result differs, as `messages.2.content.0.text`; empty when it is the same. */
  readonly differences: readonly string[]
  /** What has changed of the agent, as `agent "clerk": the instructions changed`; empty where nothing has. */
  readonly changes: readonly string[]
}

const differencesOf = (a: unknown, b: unknown, path = ''): string[] => {
  if (JSON.stringify(a) === JSON.stringify(b)) return []
  const isBoth = (isObject(a) && isObject(b)) || (Array.isArray(a) && Array.isArray(b))
  if (!isBoth) return [path || 'everything']
  const [left, right] = [new Map(Object.entries(a)), new Map(Object.entries(b))]
  const names = [...new Set([...left.keys(), ...right.keys()])]
  const inside = names.flatMap((name) =>
    differencesOf(left.get(name), right.get(name), path === '' ? name : `${path}.${name}`),
  )
  return inside.length > 0 ? inside : [`${path || 'everything'} (order of keys)`]
}

/** A model that has nothing to say. */
const refusingModel = (
  { provider, modelId }: Pick<LanguageModel, 'provider' | 'modelId'>,
  runId: string,
): LanguageModel => ({
  provider,
  modelId,
  stream: ({ messages }) => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        throw new ReplayMismatch(`${runId}:model, after ${messages.length} messages,`, 'was never recorded')
      },
    }),
  }),
})

/** Claims without taking, and writes nothing. */
const readOnly = (journal: Journal, { runId, input, version, epoch }: RunRecord): Journal => ({
  ...journal,
  claim: async (): Promise<Claim> => ({
    before: undefined,
    epoch,
    cancelAsked: false,
    input,
    steps: new Map((await journal.steps(runId)).map((step) => [step.key, step])),
    write: async ({ key }) => {
      throw new ReplayMismatch(key, 'was never recorded')
    },
    show: async () => {},
    renew: async () => ({ cancelAsked: false }),
    end: async () => {},
  }),
  run: async () => ({
    runId,
    input,
    version,
    name: '',
    state: 'running',
    epoch,
    leaseUntil: 0,
    createdAt: 0,
    updatedAt: 0,
    unknown: 0,
  }),
})

/** The model that a run asked; in older records, the one that answered it. */
const modelIn = (
  steps: readonly StepRecord[],
  runId: string,
): Pick<LanguageModel, 'provider' | 'modelId'> => {
  const own = steps.filter(({ key }) => key.startsWith(`${runId}:model/`))
  const events: readonly unknown[] = own.flatMap(({ value }) => (Array.isArray(value) ? value : []))
  return events.find(isDefinition)?.model ?? answersIn(own)[0] ?? { provider: 'none', modelId: 'none' }
}

/** What a plugin threw comes in an error that names the plugin. */
const mismatchIn = (error: unknown): ReplayMismatch | undefined => {
  for (let one = error; one instanceof Error; one = one.cause) if (ReplayMismatch.isInstance(one)) return one
  return undefined
}

/**
 * Runs an agent from the journal alone: its model refuses to be asked and nothing is written. The result is the
 * recorded one unless the agent has changed.
 * @throws InvalidArgument when there is no such run of an agent that is done or paused
 * @throws ReplayMismatch when a step is asked something else than when it was recorded, or was never recorded
 */
export const replayRun = async (journal: Journal, options: ReplayOptions): Promise<Replay> => {
  const { runId } = options
  const [record, steps] = [await journal.run(runId), await journal.steps(runId)]
  if (!record) throw new InvalidArgument('runId', 'a run that is in the journal', runId)
  const { state, version, result } = record
  if (state !== 'done' && state !== 'paused')
    throw new InvalidArgument('runId', 'a run that is done or paused', `${runId}, which is ${state}`)
  if (!isObject(record.input) || !Array.isArray(record.input['messages']))
    throw new InvalidArgument('runId', 'the run of an agent', runId)
  const model = refusingModel(options.model ?? modelIn(steps, runId), runId)
  const changes: string[] = []
  const runs = durableRuns(readOnly(journal, record), {
    version,
    onAgentChange: (change) => void changes.push(change),
  })
  try {
    const replayed = await runs.resume(await options.agent({ model, plugins: [runs.plugin] }), runId)
    const differences = differencesOf(result, toJson(replayed))
    return { same: differences.length === 0 && changes.length === 0, differences, changes }
  } catch (error) {
    throw mismatchIn(error) ?? error
  }
}
