import { InvalidArgument } from '@ashlar/core'
import type { Attributes, Counter, Histogram, MetricOptions } from '@opentelemetry/api'
import { Counter as PrometheusCounter, Histogram as PrometheusHistogram, Registry } from 'prom-client'
import type { InstrumentMeter } from './instruments.ts'

export interface PrometheusMeterOptions {
  /** Where the metrics are registered. @default a new one, also the meter's `registry` */
  readonly registry?: Registry
  /** Different values a label may have, over all metrics; what comes after them is `other`. @default 100 */
  readonly maxLabelValues?: number
  /** Series a metric may have; what comes after them is added up in one whose labels are `other`. @default 1000 */
  readonly maxSeries?: number
  /** Values that are always shown and do not count: the models you serve, say. @default none */
  readonly known?: readonly string[]
}

/** What `telemetry({ meter })` and `traceModel(model, { meter })` take, and where the text comes from. */
export interface PrometheusMeter extends InstrumentMeter {
  readonly registry: Registry
  /** All metrics in Prometheus' text format. */
  readonly text: () => Promise<string>
  /** The `Content-Type` to serve the text with. */
  readonly contentType: string
}

/** Longest label value: models may be asked for by any name. */
const longestValue = 128

const other = 'other'

/** The labels that the instruments use; prom-client wants them beforehand. */
const labels = [
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.request.model',
  'gen_ai.response.model',
  'gen_ai.token.type',
  'gen_ai.agent.name',
  'gen_ai.tool.name',
  'gen_ai.tool.type',
  'error.type',
]

const underscored = (name: string): string => name.replaceAll(/[^A-Za-z0-9_]/g, '_')

/** Has two values, and sums over both say nothing. */
const tokenType = underscored('gen_ai.token.type')

/** Gives the labels of one metric no more than so many combinations. */
const seriesBounder = (most: number): ((labels: Record<string, string>) => Record<string, string>) => {
  const seen = new Set<string>()
  return (given) => {
    const series = JSON.stringify(Object.entries(given).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    if (seen.has(series)) return given
    if (seen.size < most) {
      seen.add(series)
      return given
    }
    const entries = Object.entries(given).map(([label, value]) => [
      label,
      label === tokenType ? value : other,
    ])
    return Object.fromEntries(entries)
  }
}

/** Names by the rules of OpenTelemetry's Prometheus compatibility: unit as a suffix, counters end in `_total`. */
const metricName = (name: string, { unit }: MetricOptions): string => {
  const suffix = unit === 's' ? '_seconds' : unit === '{USD}' ? '_usd' : ''
  return `${underscored(name)}${suffix}`
}

const bounder = ({ maxLabelValues = 100, known = [] }: PrometheusMeterOptions) => {
  const seen = new Map<string, Set<string>>()
  const bounded = (label: string, value: string): string => {
    if (known.includes(value)) return value
    const values = seen.get(label) ?? new Set()
    seen.set(label, values)
    if (values.has(value)) return value
    if (values.size >= maxLabelValues || value.length > longestValue) return other
    values.add(value)
    return value
  }
  return (attributes: Attributes = {}): Record<string, string> =>
    Object.fromEntries(
      Object.entries(attributes).flatMap(([name, value]) =>
        labels.includes(name) && value !== undefined
          ? [[underscored(name), bounded(name, String(value))]]
          : [],
      ),
    )
}

/**
 * A meter that keeps Prometheus metrics with prom-client, without OpenTelemetry's SDK. The number of series stays
 * bounded whatever models and tools are asked for; run ids are never labels.
 *
 * @throws InvalidArgument when `maxLabelValues` or `maxSeries` is no whole number of at least 1
 */
export const prometheusMeter = (options: PrometheusMeterOptions = {}): PrometheusMeter => {
  const { registry = new Registry(), maxLabelValues = 1, maxSeries = 1000 } = options
  for (const [name, limit] of Object.entries({ maxLabelValues, maxSeries }))
    if (!Number.isInteger(limit) || limit < 1)
      throw new InvalidArgument(name, 'a whole number of at least 1', limit)
  const toLabels = bounder(options)
  const bounders = new Map<string, ReturnType<typeof seriesBounder>>()
  const boundedFor = (metric: string): ReturnType<typeof seriesBounder> => {
    const bounded = bounders.get(metric) ?? seriesBounder(maxSeries)
    bounders.set(metric, bounded)
    return bounded
  }
  const base = (name: string, about: MetricOptions) => ({
    name,
    help: about.description ?? name,
    labelNames: labels.map(underscored),
    registers: [registry],
  })
  const createHistogram = (name: string, about: MetricOptions = {}): Histogram => {
    const buckets = about.advice?.explicitBucketBoundaries
    const full = metricName(name, about)
    const histogram =
      existing(registry, full, PrometheusHistogram) ??
      new PrometheusHistogram({ ...base(full, about), ...(buckets && { buckets }) })
    const bounded = boundedFor(full)
    return { record: (value, attributes) => histogram.observe(bounded(toLabels(attributes)), value) }
  }
  const createCounter = (name: string, about: MetricOptions = {}): Counter => {
    const full = `${metricName(name, about)}_total`
    const counter = existing(registry, full, PrometheusCounter) ?? new PrometheusCounter(base(full, about))
    const bounded = boundedFor(full)
    return { add: (value, attributes) => counter.inc(bounded(toLabels(attributes)), value) }
  }
  return {
    createHistogram,
    createCounter,
    registry,
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

/** Several plugins may share a registry, and so their metrics. */
const existing = <M>(registry: Registry, name: string, type: new (...of: never[]) => M): M | undefined => {
  const metric: unknown = registry.getSingleMetric(name)
  return metric instanceof type ? metric : undefined
}
