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

/** The run that is set up. What is thrown comes as a value: this module is loaded on demand, and shares none. */
export interface SetupOptions {
  readonly run: RunContext
  readonly stop: Pick<RunStop, 'aborted'>
  /** The error that names a plugin and its hook. */
  readonly blame: (plugin: string, hook: string, error: unknown) => unknown
}

type Named<H> = { readonly plugin: string; readonly hook: H }
type Stream<In, Event> = Around<In, AsyncIterable<Event>>

const kindOf = (value: unknown): string => {
  if (value instanceof Promise) value.catch(() => {})
  return value instanceof Promise ? 'a promise' : value === null ? 'null' : typeof value
}

const expected = (what: string, value: unknown): TypeError =>
  new TypeError(`expected ${what}, received ${kindOf(value)}`)

/** Errors from below a hook, and aborts, pass unchanged; what the hook itself throws names the plugin. */
const createBlame = (plugin: string, hook: string, { stop, blame }: SetupOptions) => {
  let passed: unknown = createBlame
  return {
    below: (error: unknown): unknown => (passed = error),
    own: (error: unknown): unknown => (error === passed || stop.aborted ? error : blame(plugin, hook, error)),
  }
}

/** What events of these types bring, or those who read them fail without knowing whom to blame. */
const brings: ReadonlyMap<unknown, string> = new Map([
  ['part', 'part'],
  ['finish', 'usage'],
  ['run-end', 'result'],
])

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const checkEvent = (event: unknown): void => {
  if (!isObject(event) || typeof event['type'] !== 'string') throw expected('an event with a type', event)
  const field = brings.get(event['type'])
  if (field && !isObject(event[field]))
    throw expected(`an event of type ${event['type']} with its ${field}`, event[field])
}

type Step<Event> = IteratorResult<Event, undefined>

const done: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** The events of `make`, which is called when the first is asked for: checked, and what is thrown mapped. */
const guarded = <Event>(
  make: () => AsyncIterable<Event>,
  map: (error: unknown) => unknown,
): AsyncIterable<Event, undefined> & AsyncIterator<Event, undefined> => {
  let source: AsyncIterator<Event> | undefined
  let over = false
  const fail = (error: unknown): never => {
    over = true
    throw map(error)
  }
  const take = (step: IteratorResult<Event>): Step<Event> => {
    if (!step.done) {
      try {
        checkEvent(step.value)
        return step
      } catch (error) {
        source?.return?.().catch(() => {})
        return fail(error)
      }
    }
    over = true
    return done
  }
  const open = (): AsyncIterator<Event> => {
    const events = make()
    if (!isObject(events) || !(Symbol.asyncIterator in events)) throw expected('an async iterable', events)
    return events[Symbol.asyncIterator]()
  }
  const stream = {
    [Symbol.asyncIterator]: () => stream,
    next: (): Promise<Step<Event>> => {
      if (over) return Promise.resolve(done)
      try {
        return (source ??= open()).next().then(take, fail)
      } catch (error) {
        over = true
        return Promise.reject(map(error))
      }
    },
    return: async (): Promise<Step<Event>> => {
      over = true
      try {
        await source?.return?.()
        return done
      } catch (error) {
        throw map(error)
      }
    },
  }
  return stream
}

const foldStreams = <In, Event>(
  hooks: readonly Named<Stream<In, Event>>[],
  name: string,
  options: SetupOptions,
): Stream<In, Event> =>
  hooks.reduceRight<Stream<In, Event>>(
    (inner, { plugin, hook }) =>
      (input, last) => {
        const { below, own } = createBlame(plugin, name, options)
        return guarded(() => hook(input, (value) => guarded(() => inner(value, last), below)), own)
      },
    (input, last) => last(input),
  )

const checkOutcome = (value: ToolOutcome | undefined): ToolOutcome => {
  if (value === 'pending' || typeof value?.output === 'string') return value
  throw expected('"pending" or { output: string } (return what next(call) gives)', value)
}

const foldTools = (
  hooks: readonly Named<NonNullable<Hooks['aroundTool']>>[],
  options: SetupOptions,
): Seams['tool'] =>
  hooks.reduceRight<Seams['tool']>(
    (inner, { plugin, hook }) =>
      async (input, last) => {
        const { below, own } = createBlame(plugin, 'aroundTool', options)
        try {
          return checkOutcome(
            await hook(input, async (value) => {
              try {
                return await inner(value, last)
              } catch (error) {
                throw below(error)
              }
            }),
          )
        } catch (error) {
          throw own(error)
        }
      },
    (input, last) => last(input),
  )

const hookNames: readonly string[] = [
  'aroundRun',
  'aroundModel',
  'aroundTool',
  'stopWhen',
] satisfies (keyof Hooks)[]

/** A hook that is misspelt would be no hook: a guardrail that is off. */
const checkHooks = (hooks: Hooks | undefined): Hooks => {
  if (hooks === undefined) return {}
  if (!isObject(hooks) || hooks instanceof Promise) throw expected('hooks', hooks)
  for (const name of Object.keys(hooks))
    if (!hookNames.includes(name)) throw new TypeError(`${name}: expected one of ${hookNames.join(', ')}`)
  return hooks
}

const pick = <K extends keyof Hooks>(all: readonly Named<Hooks>[], key: K): Named<NonNullable<Hooks[K]>>[] =>
  all.flatMap(({ plugin, hook: hooks }) => {
    const hook = hooks[key]
    return hook ? [{ plugin, hook }] : []
  })

/** Sets up every plugin for one run and folds their hooks. @throws PluginError when a `setup` throws */
export const setUp = (plugins: readonly Plugin[], options: SetupOptions): Seams => {
  const all = plugins.map((plugin): Named<Hooks> => {
    try {
      return { plugin: plugin.name, hook: checkHooks(plugin.setup?.(options.run)) }
    } catch (error) {
      throw options.blame(plugin.name, 'setup', error)
    }
  })
  const conditions = pick(all, 'stopWhen')
  return {
    run: foldStreams(pick(all, 'aroundRun'), 'aroundRun', options),
    model: foldStreams(pick(all, 'aroundModel'), 'aroundModel', options),
    tool: foldTools(pick(all, 'aroundTool'), options),
    stopWhen: async (context) => {
      for (const { plugin, hook } of conditions) {
        try {
          if (await hook(context)) return true
        } catch (error) {
          throw options.blame(plugin, 'stopWhen', error)
        }
      }
      return false
    },
  }
}
