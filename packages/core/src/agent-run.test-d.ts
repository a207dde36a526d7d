import { type } from 'arktype'
import * as v from 'valibot'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import type { AgentBuilder } from './agent-builder.ts'
import type { ToolDefinition } from './define-tool.ts'
import {
  type Agent,
  type AgentEvent,
  type AgentRun,
  type JsonSchema,
  type Message,
  RunAborted,
  RunIncomplete,
  type RunResult,
  type RunState,
} from './index.ts'
import type { Around } from './plugin.ts'
import type { FromJsonSchema, InferSchema, Schema, StandardSchema } from './schema-entry.ts'

declare const agent: Agent

/** Awaited: the result, and what is not asked for is not there. */
export const awaited = async (): Promise<void> => {
  const result = await agent.run('?')
  expectTypeOf(result).toEqualTypeOf<RunResult>()
  expectTypeOf(result.output).toEqualTypeOf<undefined>()
  // @ts-expect-error no output was asked for
  void result.output.city
  // @ts-expect-error a result is not changed
  result.text = ''
  // @ts-expect-error nor is its transcript
  result.messages.push(...result.messages)
}

/** Typed by whatever schema the output has. */
export const typed = async (): Promise<void> => {
  const { output } = await agent.run('?', { output: z.object({ city: z.string() }) })
  expectTypeOf(output).toEqualTypeOf<{ city: string }>()
  // @ts-expect-error not in the schema
  void output.town
  const ark = await agent.run('?', { output: type({ city: 'string' }) })
  expectTypeOf(ark.output).toEqualTypeOf<{ city: string }>()
  const vali = await agent.run('?', { output: v.object({ city: v.string() }) })
  expectTypeOf(vali.output).toEqualTypeOf<{ city: string }>()
  const run = agent.run('?', {
    output: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
  })
  expectTypeOf(run).toEqualTypeOf<AgentRun<{ n: number }>>()
  expectTypeOf<Awaited<typeof run>['output']>().toEqualTypeOf<{ n: number }>()
  // @ts-expect-error not in the schema
  void (await run).output.m
  // @ts-expect-error there is no jsonSchema beside output
  agent.run('?', { output: v.object({ city: v.string() }), jsonSchema: {} })
}

/** Iterated: events, which `type` tells apart; or the text alone. */
export const iterated = async (): Promise<void> => {
  const run = agent.run('?')
  for await (const event of run) {
    expectTypeOf(event).toEqualTypeOf<AgentEvent>()
    if (event.type === 'text-delta') expectTypeOf(event.text).toEqualTypeOf<string>()
    if (event.type === 'tool-end') expectTypeOf(event.durationMs).toEqualTypeOf<number>()
    // @ts-expect-error there is no event of this name
    if (event.type === 'text') void event
    // @ts-expect-error not every event has a text
    void event.text
  }
  for await (const text of agent.run('?').text) expectTypeOf(text).toEqualTypeOf<string>()
  // @ts-expect-error a run is no list
  void run.length
}

/** A promise to all who take one. */
export const promised = async (): Promise<void> => {
  expectTypeOf<Awaited<AgentRun<number>>>().toEqualTypeOf<RunResult<number>>()
  const both = await Promise.all([agent.run('a'), agent.run('b')])
  expectTypeOf(both).toEqualTypeOf<[RunResult, RunResult]>()
  const caught = await agent.run('?').catch(() => 'failed')
  expectTypeOf(caught).toEqualTypeOf<RunResult | string>()
  const finished = await agent.run('?').finally(() => {})
  expectTypeOf(finished).toEqualTypeOf<RunResult>()
  // @ts-expect-error wrong on purpose: proves that what differs is refused
  expectTypeOf(finished).toEqualTypeOf<RunResult<number>>()
}

/** Goes on from whatever is a state. */
export const resumed = (result: RunResult<number>, messages: readonly Message[], error: unknown): void => {
  agent.run(result, { approvals: { call: true, other: 'not that' } })
  agent.run({ messages })
  if (RunAborted.isInstance(error) || RunIncomplete.isInstance(error)) {
    error satisfies RunState
    agent.run(error)
  }
  if (RunIncomplete.isInstance(error)) expectTypeOf(error.pending).toEqualTypeOf<RunResult['pending']>()
  // @ts-expect-error a state has messages
  agent.run({ steps: 1 })
  // @ts-expect-error a call is approved by `true`, and denied by a reason
  agent.run(result, { approvals: { call: false } })
  // @ts-expect-error unknown options are refused
  agent.run(result, { sginal: AbortSignal.abort() })
}

/** Every generic there is, at its most: two type parameters. */
export type Generics = [
  AgentRun<1>,
  RunResult<1>,
  AgentBuilder<true>,
  ToolDefinition<Schema, JsonSchema>,
  Around<1, 2>,
  StandardSchema<1, 2>,
  InferSchema<Schema>,
  FromJsonSchema<1>,
  // @ts-expect-error one
  AgentRun<1, 2>,
  // @ts-expect-error one
  RunResult<1, 2>,
  // @ts-expect-error one
  AgentBuilder<true, 2>,
  // @ts-expect-error two
  ToolDefinition<Schema, Schema, 3>,
  // @ts-expect-error two
  Around<1, 2, 3>,
  // @ts-expect-error two
  StandardSchema<1, 2, 3>,
  // @ts-expect-error none
  Agent<1>,
]
