import { InvalidArgument } from '@ashlar/core'
import type { Attributes, Counter, Histogram, MetricOptions } from '@opentelemetry/api'
import { Counter as PrometheusCounter, Histogram as PrometheusHistogram, Registry } from 'prom-client'
import type { InstrumentMeter } from './instruments.ts'

export interface PrometheusMeterOptions {
  /** Where the metrics are registered. @default a new one, also the meter's `registry` */
  readonly registry?: Registry
  /** Different values a label may have, over all metrics; what comes after them is `other`. @default 100 */
  readonly maxLabelValues?: number
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
 * @throws InvalidArgument when `maxLabelValues` is no whole number of at least 1
 */
export const prometheusMeter = (options: PrometheusMeterOptions = {}): PrometheusMeter => {
  const { registry = new Registry(), maxLabelValues = 1 } = options
  if (!Number.isInteger(maxLabelValues) || maxLabelValues < 1)
    throw new InvalidArgument('maxLabelValues', 'a whole number of at least 1', maxLabelValues)
  const toLabels = bounder(options)
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
    return { record: (value, attributes) => histogram.observe(toLabels(attributes), value) }
  }
  const createCounter = (name: string, about: MetricOptions = {}): Counter => {
    const full = `${metricName(name, about)}_total`
    const counter = existing(registry, full, PrometheusCounter) ?? new PrometheusCounter(base(full, about))
    return { add: (value, attributes) => counter.inc(toLabels(attributes), value) }
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
