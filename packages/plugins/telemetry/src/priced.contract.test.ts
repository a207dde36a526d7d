import { createAgent, type ModelRequest, userText } from '@ashlar/core'
import { costOf, createPriceBook, servedAs } from '@ashlar/cost'
import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { createTracing } from './fixture-tracing.ts'
import type { CostOf } from './observer.ts'
import { telemetry } from './telemetry.ts'
import { traceModel } from './trace-model.ts'

const prices = createPriceBook({
  overrides: {
    'scripted/scripted': {
      prices: { input: '1', output: '1' },
      rates: [
        { tier: 'flex', factor: '0.5' },
        { tier: 'priority', factor: '2' },
      ],
    },
  },
})
const priced: CostOf = (usage, { provider, modelId }, { request }) => {
  const { tier } = servedAs(request, provider)
  const asked = tier && usage.serviceTier === undefined ? { tier } : {}
  return costOf(usage, { provider, modelId, prices, ...asked }).pico
}
const ask = (tier: string | undefined): ModelRequest => ({
  messages: [userText('Hello.')],
  ...(tier !== undefined && { providerOptions: { scripted: { service_tier: tier } } }),
})
const usage = { inputTokens: 10, outputTokens: 10 }
const modelThat = (serviceTier?: string) =>
  scriptedModel([{ text: 'Hi.', usage: { ...usage, ...(serviceTier !== undefined && { serviceTier }) } }])

describe('with the prices of @ashlar/cost', () => {
  it.each([
    [undefined, undefined, 0.00002],
    ['flex', undefined, 0.00001],
    ['priority', undefined, 0.00004],
    ['priority', 'default', 0.00002],
    [undefined, 'flex', 0.00001],
  ])('a call that asked for %s and was served as %s costs what it did', async (asked, served, usd) => {
    const tracing = createTracing()
    const { tracer, meter } = tracing
    const model = traceModel(modelThat(served), { tracer, meter, costOf: priced })
    for await (const _ of model.stream(ask(asked)));
    expect(tracing.span('chat scripted').attributes['ashlar.cost.usd']).toBe(usd)
  })

  it('the plugin hands the request over as well', async () => {
    const { tracer, meter } = createTracing()
    const seen: ModelRequest[] = []
    const costOfCall: CostOf = (used, model, call) => {
      seen.push(call.request)
      return priced(used, model, call)
    }
    const plugins = [telemetry({ tracer, meter, costOf: costOfCall })]
    await createAgent({ model: modelThat(), plugins }).run('Hello.')
    expect(seen).toMatchObject([{ messages: [userText('Hello.')] }])
  })
})
