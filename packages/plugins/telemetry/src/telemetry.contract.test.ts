import { testPlugin } from '@ashlar/testing/contract'
import { context } from '@opentelemetry/api'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { contextManager, createTracing } from './fixture-tracing.ts'
import { telemetry } from './telemetry.ts'

beforeAll(() => void context.setGlobalContextManager(contextManager()))
afterAll(() => context.disable())

const create = () => {
  const { tracer, meter } = createTracing()
  return telemetry({ tracer, meter, content: true, costOf: () => 1n })
}

testPlugin({ name: 'telemetry', create }, { describe, it })
testPlugin({ name: 'telemetry without a provider', create: () => telemetry() }, { describe, it })
