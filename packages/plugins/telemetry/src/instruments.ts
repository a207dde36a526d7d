import type { Counter, Histogram, Meter } from '@opentelemetry/api'

/** The part of an OpenTelemetry `Meter` that is used: any `Meter` fits, and `prometheusMeter()` does. */
export type InstrumentMeter = Pick<Meter, 'createCounter' | 'createHistogram'>

/** What is measured. Names, units and buckets are those of the GenAI conventions, but `cost`, which they lack. */
export interface Instruments {
  readonly tokens: Histogram
  readonly duration: Histogram
  readonly firstChunk: Histogram
  readonly agentDuration: Histogram
  readonly toolDuration: Histogram
  readonly cost: Counter
}

/** Buckets the GenAI conventions ask for: of calls and tools, and of their first chunk. */
const seconds = Array.from({ length: 14 }, (_, power) => 2 ** power / 100)
/** The same for agents. */
const agentSeconds = Array.from({ length: 13 }, (_, power) => 2 ** power / 10)
/** The same for tokens. */
const tokens = Array.from({ length: 14 }, (_, power) => 4 ** power)

/** Makes the instruments of a meter. */
export const createInstruments = (meter: InstrumentMeter): Instruments => {
  const histogram = (
    name: string,
    about: { description: string; unit: string; buckets: number[] },
  ): Histogram =>
    meter.createHistogram(name, {
      description: about.description,
      unit: about.unit,
      advice: { explicitBucketBoundaries: about.buckets },
    })
  const timed = (name: string, description: string, buckets: number[] = seconds): Histogram =>
    histogram(name, { description, unit: 's', buckets })
  return {
    tokens: histogram('gen_ai.client.token.usage', {
      description: 'Number of input and output tokens used.',
      unit: '{token}',
      buckets: tokens,
    }),
    duration: timed('gen_ai.client.operation.duration', 'GenAI operation duration.'),
    firstChunk: timed('gen_ai.client.operation.time_to_first_chunk', 'Time to receive the first chunk.'),
    agentDuration: timed('gen_ai.invoke_agent.duration', 'GenAI agent invocation duration.', agentSeconds),
    toolDuration: timed('gen_ai.execute_tool.duration', 'GenAI tool execution duration.'),
    cost: meter.createCounter('ashlar.client.operation.cost', {
      description: 'Cost of model calls, where their price is known.',
      unit: '{USD}',
    }),
  }
}
