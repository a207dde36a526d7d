import {
  type Agent,
  approval,
  createAgent,
  type LanguageModel,
  type ModelEvent,
  textOf,
  tool,
} from '@ashlar/core'
import type { Task } from '../../task.ts'
import { TaskPaused } from '../../task-paused.ts'
import { type GraphDefinition, graphDefinition, type RunParts } from '../graph-definition.ts'

/** Calls the tool, then says what came of it: the suite needs no other model. */
const callingModel = (onAsked: (question: string) => void, gate: () => Promise<void>): LanguageModel => ({
  provider: 'suite',
  modelId: 'suite',
  stream: async function* ({ messages, deltas }): AsyncGenerator<ModelEvent> {
    const question = textOf(messages[0])
    onAsked(question)
    if (question === 'Write' && deltas !== false) {
      yield { type: 'text-delta', text: 'It is two ' }
      await gate()
    }
    if (question === 'Fail') throw new Error('no model')
    const result = messages.flatMap((message) => (message.role === 'tool' ? message.content : []))[0]?.output
    if (result === undefined)
      yield { type: 'part', part: { type: 'tool-call', callId: 'c', name: 'act', input: { question } } }
    else yield { type: 'part', part: { type: 'text', text: `${question}: ${result}` } }
    yield {
      type: 'finish',
      reason: result === undefined ? 'tool-calls' : 'stop',
      usage: { inputTokens: 1, outputTokens: 1 },
      response: { provider: 'suite', modelId: 'suite' },
    }
  },
})

/** A task of the suite: what it gives is its id. */
export interface Errand extends Task {
  /** It fails as often. */
  readonly fails?: number
  /** It waits for an answer first. */
  readonly asks?: boolean
}

/** Agents and graphs, and what has happened in them. */
export interface Office {
  /** Questions, as often as a model was asked. */
  readonly asked: string[]
  /** Idempotency keys, as often as the tool or a task has had its effect. */
  readonly acted: string[]
  /** Keys of what was undone. */
  readonly undone: string[]
  /** What was at work at once, at most. */
  readonly most: () => number
  /** What begins is held from now on; gives what lets it go on. */
  readonly hold: () => () => void
  /** Once that many effects have begun. */
  readonly begun: (times: number) => Promise<void>
  readonly agents: Readonly<Record<'clerk' | 'asking' | 'broken', (parts: RunParts) => Agent>>
  readonly graphs: { readonly chain: GraphDefinition<Errand> }
}

/** Does one thing after the other: effects that can be held, and stop when their signal aborts. */
class Effects {
  readonly acted: string[] = []
  most = 0
  gate: Promise<void> = Promise.resolve()
  #begun = 0
  #running = 0
  readonly #waiting: { readonly times: number; readonly tell: () => void }[] = []
  begun(times: number): Promise<void> {
    return new Promise((tell) => {
      if (this.#begun >= times) tell()
      else this.#waiting.push({ times, tell })
    })
  }
  async act({ idempotencyKey, signal }: { idempotencyKey: string; signal: AbortSignal }): Promise<void> {
    this.#begun += 1
    this.#running += 1
    this.most = Math.max(this.most, this.#running)
    for (const { times, tell } of this.#waiting) if (this.#begun >= times) tell()
    const aborted = Promise.withResolvers<never>()
    const stop = (): void => aborted.reject(signal.reason)
    signal.addEventListener('abort', stop)
    try {
      signal.throwIfAborted()
      await Promise.race([this.gate, aborted.promise])
      this.acted.push(idempotencyKey)
    } finally {
      this.#running -= 1
      signal.removeEventListener('abort', stop)
    }
  }
}

const chainOf = (effects: Effects, undone: string[]): GraphDefinition<Errand> =>
  graphDefinition<Errand, string>({
    retry: { attempts: 2, baseMs: 1 },
    work: () => async (task, context) => {
      const { id, fails = 0, asks } = task
      if (context.attempt <= fails) throw new Error(`${id} fails`)
      const call = { callId: 'c', name: 'act', input: { id } }
      if (asks && context.approvals['c'] === undefined) throw new TaskPaused([call], id)
      if (typeof context.approvals['c'] === 'string') return context.approvals['c']
      await effects.act(context)
      return id
    },
    compensate: (_task, _outcome, { idempotencyKey }) => void undone.push(idempotencyKey),
  })

export const createOffice = (): Office => {
  const effects = new Effects()
  const [asked, undone]: [string[], string[]] = [[], []]
  const act = tool({
    description: 'Acts',
    input: { type: 'object' },
    annotations: { idempotent: true },
    execute: async (_, context) => {
      await effects.act(context)
      return 'acted'
    },
  })
  const model = callingModel(
    (question) => void asked.push(question),
    () => effects.gate,
  )
  const clerk = ({ plugins }: RunParts): Agent =>
    createAgent({ name: 'clerk', model, tools: { act }, plugins })
  return {
    asked,
    undone,
    acted: effects.acted,
    most: () => effects.most,
    begun: (times) => effects.begun(times),
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      effects.gate = promise
      return resolve
    },
    agents: {
      clerk,
      asking: ({ plugins }) => clerk({ plugins: [approval(), ...plugins] }),
      broken: () => {
        throw new Error('no such office')
      },
    },
    graphs: { chain: chainOf(effects, undone) },
  }
}
