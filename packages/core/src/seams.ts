import { PluginError } from './errors.ts'
import type { ModelEvent } from './model.ts'
import type { Around, Hooks, ModelCall, Plugin, ToolCall, ToolOutcome } from './plugin.ts'
import type { AgentEvent, RunContext, RunInput } from './run.ts'
import type { RunStop } from './run-stop.ts'

/** Plugins' hooks folded into one of each. */
export interface Seams {
  readonly run: Around<RunInput, AsyncIterable<AgentEvent>>
  readonly model: Around<ModelCall, AsyncIterable<ModelEvent>>
  readonly tool: Around<ToolCall, Promise<ToolOutcome>>
  readonly stopWhen: (run: RunContext) => Promise<boolean>
}

type Named<H> = { readonly plugin: string; readonly hook: H }

/** Errors from below a hook, and aborts, pass unchanged; what the hook itself throws names the plugin. */
class Blame {
  readonly #plugin: string
  readonly #hook: string
  readonly #stop: Pick<RunStop, 'aborted'>
  #below: unknown = this
  constructor(plugin: string, hook: string, stop: Pick<RunStop, 'aborted'>) {
    this.#plugin = plugin
    this.#hook = hook
    this.#stop = stop
  }
  below(error: unknown): unknown {
    this.#below = error
    return error
  }
  own(error: unknown): unknown {
    if (error === this.#below || this.#stop.aborted || PluginError.isInstance(error)) return error
    return new PluginError(this.#plugin, this.#hook, error)
  }
}

/** Refuses a promise where none may be, and hears its rejection. */
const notPromise = <T>(value: T, expected: string): T => {
  if (!(value instanceof Promise)) return value
  value.catch(() => {})
  throw new TypeError(`expected ${expected}, received a promise`)
}

const toOutcome = (value: ToolOutcome | undefined): ToolOutcome => {
  if (value === 'pending' || typeof value?.output === 'string') return value
  throw new TypeError('expected "pending" or { output: string }: return what next(call) gives')
}

async function* rethrow<T>(
  make: () => AsyncIterable<T>,
  map: (error: unknown) => unknown,
): AsyncGenerator<T> {
  try {
    yield* make()
  } catch (error) {
    throw map(error)
  }
}

const foldStreams = <In, Event>(
  hooks: readonly Named<Around<In, AsyncIterable<Event>>>[],
  name: string,
  stop: RunStop,
): Around<In, AsyncIterable<Event>> =>
  hooks.reduceRight<Around<In, AsyncIterable<Event>>>(
    (inner, { plugin, hook }) =>
      (input, last) => {
        const blame = new Blame(plugin, name, stop)
        const next = (value: In): AsyncIterable<Event> =>
          rethrow(
            () => inner(value, last),
            (error) => blame.below(error),
          )
        return rethrow(
          () => notPromise(hook(input, next), 'an async iterable'),
          (error) => blame.own(error),
        )
      },
    (input, last) => last(input),
  )

const foldTools = (hooks: readonly Named<NonNullable<Hooks['aroundTool']>>[], stop: RunStop): Seams['tool'] =>
  hooks.reduceRight<Seams['tool']>(
    (inner, { plugin, hook }) =>
      async (input, last) => {
        const blame = new Blame(plugin, 'aroundTool', stop)
        try {
          const outcome = await hook(input, async (value) => {
            try {
              return await inner(value, last)
            } catch (error) {
              throw blame.below(error)
            }
          })
          return toOutcome(outcome)
        } catch (error) {
          throw blame.own(error)
        }
      },
    (input, last) => last(input),
  )

const pick = <K extends keyof Hooks>(all: readonly Named<Hooks>[], key: K): Named<NonNullable<Hooks[K]>>[] =>
  all.flatMap(({ plugin, hook: hooks }) => {
    const hook = hooks[key]
    return hook ? [{ plugin, hook }] : []
  })

/** No plugins: every seam is what it wraps. */
const bare: Seams = {
  run: (input, next) => next(input),
  model: (call, next) => next(call),
  tool: (call, next) => next(call),
  stopWhen: async () => false,
}

/** Sets up every plugin for one run and folds their hooks. @throws PluginError when a `setup` throws */
export const setUp = (
  plugins: readonly Plugin[],
  { run, stop }: { run: RunContext; stop: RunStop },
): Seams => {
  if (plugins.length === 0) return bare
  const all = plugins.map((plugin): Named<Hooks> => {
    try {
      return { plugin: plugin.name, hook: notPromise(plugin.setup?.(run), 'hooks') ?? {} }
    } catch (error) {
      throw new PluginError(plugin.name, 'setup', error)
    }
  })
  const conditions = pick(all, 'stopWhen')
  return {
    run: foldStreams(pick(all, 'aroundRun'), 'aroundRun', stop),
    model: foldStreams(pick(all, 'aroundModel'), 'aroundModel', stop),
    tool: foldTools(pick(all, 'aroundTool'), stop),
    stopWhen: async (context) => {
      for (const { plugin, hook } of conditions) {
        try {
          if (await hook(context)) return true
        } catch (error) {
          throw new PluginError(plugin, 'stopWhen', error)
        }
      }
      return false
    },
  }
}
