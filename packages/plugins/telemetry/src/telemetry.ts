import type { Plugin, RunContext } from '@ashlar/core'
import type { Attributes } from '@opentelemetry/api'
import { createObserver, type ObserveOptions } from './observer.ts'
import { createRunPaths } from './run-paths.ts'
import { RunTrace } from './run-trace.ts'
import { traceCall } from './trace-model.ts'
import { WatchedStream } from './watched-stream.ts'

export interface TelemetryOptions extends ObserveOptions {
  /** More attributes for the span of a run: a conversation, a tenant. Metrics do not get them. */
  readonly attributes?: (run: RunContext) => Attributes
}

/**
 * Traces and measures every run of an agent: `invoke_agent` → `step` → `chat` and `execute_tool`, sub-agents below the
 * tool call that started them. Put it first, so that it sees what the other plugins make of a run.
 *
 * @throws InvalidArgument when an option is wrong or unknown
 */
export const telemetry = (options: TelemetryOptions = {}): Plugin => {
  const { attributes } = options
  const observer = createObserver(options, ['attributes'])
  const paths = createRunPaths()
  return {
    name: 'telemetry',
    setup: (run) => {
      let seen: RunTrace | undefined
      const begin = (): RunTrace =>
        (seen ??= new RunTrace(run, { observer, paths, attributes: attributes?.(run) }))
      return {
        aroundRun: (input, next) => new WatchedStream(() => ({ watch: begin(), stream: () => next(input) })),
        aroundModel: ({ model, request, step }, next) =>
          traceCall(
            {
              ...begin().call(step, { model, request }),
              stream: (asked) => next({ model, request: asked, step }),
            },
            observer,
          ),
        aroundTool: (call, next) => begin().tool(call, next),
      }
    },
  }
}
