import type { Attributes, Tracer } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import type { InstrumentMeter } from './instruments.ts'

/** One series of a metric: a counter's `value`, or how often and how much a histogram got. */
export interface Point {
  readonly attributes: Attributes
  readonly count: number
  readonly sum: number
  readonly buckets?: readonly number[]
}

/** A span with its children. */
export interface SpanTree {
  readonly name: string
  readonly children: readonly SpanTree[]
}

const toTree = (spans: readonly ReadableSpan[], parent: string | undefined): SpanTree[] =>
  spans
    .filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)
    .map((span) => ({ name: span.name, children: toTree(spans, span.spanContext().spanId) }))

const draw = ({ name, children }: SpanTree, indent = ''): string =>
  `${indent}${name}\n${children.map((child) => draw(child, `${indent}  `)).join('')}`

/** What was traced and measured. */
export interface Tracing {
  readonly tracer: Tracer
  readonly meter: InstrumentMeter
  /** Both of them, as options. */
  readonly sdk: { readonly tracer: Tracer; readonly meter: InstrumentMeter }
  readonly spans: () => ReadableSpan[]
  /** The first span of that name. */
  readonly span: (name: string) => ReadableSpan
  /** All traces, drawn. */
  readonly tree: () => string
  /** The series of a metric, or none. */
  readonly points: (name: string) => Promise<Point[]>
  readonly metricNames: () => Promise<string[]>
}

/** OpenTelemetry's SDK with exporters that keep what they get. */
export const createTracing = (): Tracing => {
  const exporter = new InMemorySpanExporter()
  const started: string[] = []
  const order: SpanProcessor = {
    onStart: (span) => void started.push(span.spanContext().spanId),
    onEnd: () => {},
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  const tracers = new BasicTracerProvider({ spanProcessors: [order, new SimpleSpanProcessor(exporter)] })
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 })
  const meters = new MeterProvider({ readers: [reader] })
  const indexOf = (span: ReadableSpan): number => started.indexOf(span.spanContext().spanId)
  const spans = (): ReadableSpan[] => exporter.getFinishedSpans()
  const meter: InstrumentMeter = meters.getMeter('test')
  const tracer = tracers.getTracer('test')
  return {
    tracer,
    meter,
    sdk: { tracer, meter },
    spans,
    span: (name: string): ReadableSpan => {
      const found = spans().find((span) => span.name === name)
      if (!found)
        throw new Error(
          `no span ${name} in ${spans()
            .map((span) => span.name)
            .join(', ')}`,
        )
      return found
    },
    tree: (): string =>
      toTree(
        spans().toSorted((a, b) => indexOf(a) - indexOf(b)),
        undefined,
      )
        .map((root) => draw(root))
        .join(''),
    points: async (name: string): Promise<Point[]> => {
      const { resourceMetrics } = await reader.collect()
      const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics)
      const points: { attributes: Attributes; value: unknown }[] =
        all.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? []
      return points.map(({ attributes, value }) => toPoint(attributes, value))
    },
    metricNames: async (): Promise<string[]> => {
      const { resourceMetrics } = await reader.collect()
      return resourceMetrics.scopeMetrics.flatMap((scope) =>
        scope.metrics.map(({ descriptor }) => descriptor.name),
      )
    },
  }
}

const toPoint = (attributes: Attributes, value: unknown): Point => {
  if (typeof value === 'number') return { attributes, count: 1, sum: value }
  const { count, sum, buckets } = Object(value)
  return { attributes, count, sum, buckets: buckets?.boundaries }
}

/** Makes contexts follow promises, as every SDK for Node does. */
export const contextManager = (): AsyncLocalStorageContextManager =>
  new AsyncLocalStorageContextManager().enable()
