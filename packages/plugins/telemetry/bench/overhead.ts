/**
 * What tracing adds to a run: two steps, two tools, 200 deltas, from a scripted model. Run it with
 * `node bench/overhead.ts`; it prints medians of interleaved rounds in microseconds of CPU a run.
 */
import { createAgent, type Plugin, tool } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, BatchSpanProcessor, InMemorySpanExporter } from '@opentelemetry/sdk-trace-base'
import { telemetry } from '../src/index.ts'
import { prometheusMeter } from '../src/prometheus.ts'

const runsARound = 200
const rounds = 15

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const exporter = new InMemorySpanExporter()
const tracer = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] }).getTracer(
  'bench',
)
const meter = new MeterProvider().getMeter('bench')

const plugins: Record<string, Plugin[]> = {
  none: [],
  'a plugin that does nothing': [
    {
      name: 'nothing',
      setup: () => ({
        async *aroundRun(input, next) {
          yield* next(input)
        },
        async *aroundModel(call, next) {
          yield* next(call)
        },
        aroundTool: async (call, next) => next(call),
      }),
    },
  ],
  'telemetry, no SDK': [telemetry()],
  'telemetry, SDK traces': [telemetry({ tracer })],
  'telemetry, SDK traces and metrics': [telemetry({ tracer, meter })],
  'telemetry, SDK traces, metrics, content': [telemetry({ tracer, meter, content: true })],
  'telemetry, Prometheus only': [telemetry({ meter: prometheusMeter() })],
  'none, again': [],
}

const look = tool({ description: 'Looks.', execute: async () => 'a wall' })
const text = 'word '.repeat(100)
const turns = [
  {
    text,
    deltaSize: 5,
    toolCalls: [
      { name: 'look', input: {} },
      { name: 'look', input: {} },
    ],
  },
  { text, deltaSize: 5 },
]

const measure = async (used: Plugin[]): Promise<number> => {
  const before = process.cpuUsage()
  for (let run = 0; run < runsARound; run++) {
    const agent = createAgent({ model: scriptedModel(turns), tools: { look }, plugins: used })
    for await (const _ of agent.run('Go on.'));
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / runsARound
}

const results = new Map<string, number[]>()
for (let round = -2; round < rounds; round++)
  for (const [name, used] of Object.entries(plugins)) {
    const micros = await measure(used)
    exporter.reset()
    if (round >= 0) results.set(name, [...(results.get(name) ?? []), micros])
  }
const median = (values: readonly number[] = []): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
const base = median(results.get('none'))
for (const [name, values] of results)
  console.log(
    `${median(values).toFixed(0).padStart(6)} µs  ${(median(values) - base).toFixed(0).padStart(6)} µs  ${name}`,
  )
