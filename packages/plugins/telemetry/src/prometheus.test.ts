import { createAgent, InvalidArgument, type ModelEvent, tool, userText } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { prometheusMeter } from './prometheus.ts'
import { telemetry } from './telemetry.ts'
import { traceModel } from './trace-model.ts'

/** A line of Prometheus' text format. */
const sample =
  /^([a-zA-Z_:][\w:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[\d.e+-]+|\+Inf|NaN)$/

const parse = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value] = sample.exec(line) ?? []
      if (name === '') throw new Error(`no sample: ${line}`)
      return { name, labels, value: Number(value) }
    })

const read = async (events: AsyncIterable<ModelEvent>): Promise<void> => {
  for await (const _ of events);
}
const request = { messages: [userText('Hello.')] }

describe('prometheusMeter', () => {
  it('gives the metrics of a run as text that a parser reads', async () => {
    const meter = prometheusMeter()
    const look = tool({ description: 'Looks.', execute: async () => 'a wall' })
    const agent = createAgent({
      name: 'mason "the\n\\first"',
      model: scriptedModel([{ toolCalls: [{ name: 'look', input: {} }] }, 'Done.']),
      tools: { look },
      plugins: [telemetry({ meter, costOf: () => 0.25 })],
    })
    for await (const _ of agent.run('Go on.'));
    const samples = parse(await meter.text())
    const valueOf = (name: string, part = ''): number | undefined =>
      samples.find((each) => each.name === name && each.labels.includes(part))?.value
    expect(valueOf('gen_ai_client_token_usage_sum', 'gen_ai_token_type="input"')).toBe(20)
    expect(valueOf('gen_ai_client_token_usage_sum', 'gen_ai_token_type="output"')).toBe(10)
    expect(valueOf('gen_ai_client_token_usage_bucket', 'le="16"')).toBe(2)
    expect(valueOf('gen_ai_client_operation_duration_seconds_count')).toBe(2)
    expect(valueOf('gen_ai_client_operation_time_to_first_chunk_seconds_count')).toBe(2)
    expect(valueOf('gen_ai_execute_tool_duration_seconds_count', 'gen_ai_tool_name="look"')).toBe(1)
    expect(valueOf('gen_ai_invoke_agent_duration_seconds_count', String.raw`mason \"the\n\\first\"`)).toBe(1)
    expect(valueOf('ashlar_client_operation_cost_usd_total')).toBe(0.5)
    expect(meter.contentType).toContain('text/plain')
    expect(() => parse('a{b="c} 1')).toThrow('no sample')
  })

  it('keeps the number of series bounded, whatever models are asked for', async () => {
    const meter = prometheusMeter({ maxLabelValues: 5, known: ['ours'] })
    const ask = (modelId: string): Promise<void> =>
      read(traceModel(scriptedModel(['x'], { modelId }), { meter }).stream(request))
    for (let model = 0; model < 50; model++) await ask(`model-${model}`)
    await ask('x'.repeat(10_000))
    await ask('ours')
    const text = await meter.text()
    const models = new Set([...text.matchAll(/gen_ai_request_model="([^"]*)"/g)].map(([, model]) => model))
    expect([...models]).toEqual(['model-0', 'model-1', 'model-2', 'model-3', 'model-4', 'other', 'ours'])
    const sums = parse(text).filter(({ name }) => name === 'gen_ai_client_operation_duration_seconds_count')
    expect(sums.reduce((sum, { value }) => sum + value, 0)).toBe(52)
  })

  it('keeps the combinations of labels bounded as well', async () => {
    const seriesWith = async (maxSeries: number) => {
      const meter = prometheusMeter({ maxSeries })
      const counter = meter.createCounter('used')
      for (let round = 0; round < 2; round++)
        for (let index = 0; index < 400; index++)
          counter.add(1, {
            'gen_ai.request.model': `m${index % 20}`,
            'gen_ai.tool.name': `t${Math.floor(index / 20)}`,
            'gen_ai.token.type': 'input',
          })
      return parse(await meter.text())
    }
    const series = await seriesWith(30)
    expect(series).toHaveLength(31)
    expect(series.at(-1)).toEqual({
      name: 'used_total',
      labels: 'gen_ai_request_model="other",gen_ai_tool_name="other",gen_ai_token_type="input"',
      value: 2 * 370,
    })
    expect(await seriesWith(1000)).toHaveLength(400)
  })

  it.each([Infinity, -Infinity, NaN, -1])('survives a cost of %d', async (cost) => {
    const meter = prometheusMeter()
    await read(traceModel(scriptedModel(['x']), { meter, costOf: () => cost }).stream(request))
    expect(await meter.text()).not.toContain('cost_usd_total{')
    expect(await meter.text()).toMatch(/token_usage_count\{/)
    // The control: what the guard keeps from it, it does refuse.
    expect(() => meter.createCounter('own').add(Infinity)).toThrow()
  })

  it('never has an id of a run as a label', async () => {
    const meter = prometheusMeter()
    const agent = createAgent({ model: scriptedModel(['Done.']), plugins: [telemetry({ meter })] })
    const { runId } = await agent.run('Go on.')
    expect(await meter.text()).not.toContain(runId)
    meter.createCounter('own').add(2, { 'ashlar.run.id': runId, 'gen_ai.tool.name': 'look' })
    expect(await meter.text()).toContain('own_total{gen_ai_tool_name="look"} 2')
    expect(await meter.text()).not.toContain(runId)
  })

  it('shares a registry', async () => {
    const registry = new Registry()
    for (let round = 0; round < 2; round++)
      await read(traceModel(scriptedModel(['x']), { meter: prometheusMeter({ registry }) }).stream(request))
    expect(await registry.metrics()).toMatch(/duration_seconds_count\{[^}]*\} 2/)
  })

  it.each([0, 1.5, -1])('refuses a limit of %d', (maxLabelValues) => {
    expect(() => prometheusMeter({ maxLabelValues })).toThrow(InvalidArgument)
    expect(() => prometheusMeter({ maxSeries: maxLabelValues })).toThrow(InvalidArgument)
  })
})
