import { type Context, context, trace } from '@opentelemetry/api'

/** The contexts of runs and tool calls that are under way, by their path. */
export interface RunPaths {
  readonly enter: (path: string, inside: Context) => void
  readonly leave: (path: string) => void
  /** What a run of this path is a child of. */
  readonly parentOf: (path: string) => Context
}

/** `root/call:2` and `root/call` have one parent; `root/call/x` has that of its longest beginning. */
function* beginnings(path: string): Generator<string> {
  yield path.replace(/:\d+$/, '')
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
    yield path.slice(0, end)
}

/**
 * Run ids are paths, so a sub-agent finds its parent where the context got lost on the way: in a queue, a pool, or for
 * want of a context manager. What is active in the same trace is nearer, though.
 */
export const createRunPaths = (): RunPaths => {
  const open = new Map<string, Context>()
  return {
    enter: (path, inside) => open.set(path, inside),
    leave: (path) => open.delete(path),
    parentOf: (path) => {
      const active = context.active()
      for (const beginning of beginnings(path)) {
        const known = open.get(beginning)
        if (!known) continue
        const isSameTrace = trace.getSpanContext(active)?.traceId === trace.getSpanContext(known)?.traceId
        return isSameTrace ? active : known
      }
      return active
    },
  }
}
