import type { Agent, Plugin, Tool } from '@ashlar/core'
import { expectTypeOf } from 'vitest'
import { type Aggregator, concat, majorityVote, type VoteResult } from '../aggregation.ts'
import { asTool, debate, handOff, mapReduce, pipeline, supervisor } from './index.ts'

declare const agent: Agent
declare const counted: Aggregator<string, number>
declare const numbers: Aggregator<number, number>

/** The value is what decides it. */
export const values = async (): Promise<void> => {
  expectTypeOf((await pipeline([agent], 'x')).value).toEqualTypeOf<string>()
  const judged = await debate({ agents: [agent], decide: agent }, '?')
  expectTypeOf(judged.value).toEqualTypeOf<string>()
  const voted = await debate({ agents: [agent], decide: majorityVote<string>() }, '?')
  expectTypeOf(voted.value).toEqualTypeOf<VoteResult<string>>()
  const reduced = await mapReduce([1, 2], { map: agent, reduce: counted }, { ask: (n) => n.toFixed() })
  expectTypeOf(reduced.value).toEqualTypeOf<number>()
  const { reason } = await supervisor({ router: agent, workers: { agent } }, 'x')
  expectTypeOf(reason).toEqualTypeOf<'done' | 'rounds' | 'doom-loop'>()
  expectTypeOf(asTool(agent)).toEqualTypeOf<Tool>()
  expectTypeOf(handOff({ agent })).toEqualTypeOf<Plugin>()
}

/** What does not fit. */
export const refused = async (): Promise<void> => {
  // @ts-expect-error what is reduced is text
  await mapReduce(['a'], { map: agent, reduce: numbers })
  // @ts-expect-error an item is a number
  await mapReduce([1], { map: agent, reduce: concat() }, { ask: (item: string) => item })
  // @ts-expect-error a debate is decided by somebody
  await debate({ agents: [agent] }, '?')
  // @ts-expect-error workers have names
  await supervisor({ router: agent, workers: [agent] }, 'x')
  // @ts-expect-error the value is text
  ;(await pipeline([agent], 'x')).value.toFixed()
  // @ts-expect-error there is no such limit
  handOff({ agent }, { rounds: 3 })
}
