import { isDeepStrictEqual } from 'node:util'
import { InvalidArgument } from '@ashlar/core'
import { type Bus, deadLetterTopic } from '../bus.ts'
import type { Envelope } from '../envelope.ts'
import { once } from '../once.ts'
import { request, respond } from '../request.ts'

/** What a check is given. */
export interface CheckBench {
  readonly bus: Bus
  /** A topic that no other test uses. */
  readonly topic: string
  /** Waits until the condition holds. @throws Error which names what was waited for */
  readonly until: (condition: () => boolean, what: string) => Promise<void>
  readonly patienceMs: number
  /** Long enough for an event to arrive that should not. */
  readonly settle: () => Promise<void>
}

type Check = readonly [name: string, test: (bench: CheckBench) => Promise<void>]

const assertEqual = (actual: unknown, expected: unknown, what: string): void => {
  if (!isDeepStrictEqual(actual, expected))
    throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`)
}

const assertThrows = async (promise: Promise<unknown>, what: string): Promise<unknown> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error === undefined) throw new Error(`${what}: expected an error, got none`)
  return error
}

const numbers = (length: number): number[] => Array.from({ length }, (_, i) => i)

/** What every bus has to do. */
export const busChecks: readonly Check[] = [
  [
    'brings an event as it was published',
    async ({ bus, topic, until }) => {
      const got: Envelope[] = []
      await bus.subscribe(topic, (envelope) => void got.push(envelope))
      const draft = {
        type: 'thing.made',
        subject: 'thing-1',
        correlationId: 'c',
        causationId: 'b',
        data: { text: 'ü \u0000 😀', list: [1, null, true], deep: { a: {} } },
      }
      const sent = await bus.publish(topic, draft)
      await until(() => got.length > 0, 'the event')
      assertEqual(got[0], sent, 'the event')
      assertEqual({ ...sent, ...draft }, sent, 'what was said in the draft')
      if (Number.isNaN(Date.parse(sent.time)) || sent.id === '')
        throw new Error('the envelope lacks its time or id')
    },
  ],
  [
    'brings events in order, to every subscription',
    async ({ bus, topic, until }) => {
      const got: [unknown[], unknown[]] = [[], []]
      for (const list of got) await bus.subscribe(topic, ({ data }) => void list.push(data))
      for (const data of numbers(100)) await bus.publish(topic, { type: 'n', data })
      await until(() => got.every((list) => list.length >= 100), 'all events')
      assertEqual(got, [numbers(100), numbers(100)], 'the events')
    },
  ],
  [
    'brings an event to one of a group',
    async ({ bus, topic, until, settle }) => {
      const got: [number[], number[]] = [[], []]
      for (const list of got)
        await bus.subscribe(topic, ({ data }) => void list.push(Number(data)), { group: 'workers' })
      for (const data of numbers(40)) await bus.publish(topic, { type: 'n', data })
      await until(() => got.flat().length >= 40, 'all events')
      await settle()
      assertEqual(
        got.flat().toSorted((a, b) => a - b),
        numbers(40),
        'the events of both members',
      )
    },
  ],
  [
    'brings nothing to another topic',
    async ({ bus, topic, settle }) => {
      let got = 0
      await bus.subscribe(`${topic}.below`, () => void got++)
      await bus.publish(topic, { type: 'n' })
      await settle()
      assertEqual(got, 0, 'events on the other topic')
    },
  ],
  [
    'brings an event again when its handler fails',
    async ({ bus, topic, until }) => {
      const attempts: number[] = []
      const seen: unknown[] = []
      await bus.subscribe(
        topic,
        ({ data }, { attempt }) => {
          attempts.push(attempt)
          if (data === 'hard' && attempt < 3) throw new Error('not yet')
          seen.push(data)
        },
        { attempts: 3, baseMs: 1 },
      )
      await bus.publish(topic, { type: 'n', data: 'hard' })
      await bus.publish(topic, { type: 'n', data: 'next' })
      await until(() => seen.length >= 2, 'both events')
      assertEqual(seen, ['hard', 'next'], 'the order')
      assertEqual(attempts, [1, 2, 3, 1], 'the deliveries')
    },
  ],
  [
    'gives up after the last delivery: a dead letter with the event and the error',
    async ({ bus, topic, until }) => {
      const letters: Envelope[] = []
      await bus.subscribe(deadLetterTopic(topic), (envelope) => void letters.push(envelope))
      await bus.subscribe(
        topic,
        async () => {
          throw new Error('never')
        },
        { group: 'workers', attempts: 2, baseMs: 1 },
      )
      const envelope = await bus.publish(topic, { type: 'n', data: 7, correlationId: 'c' })
      await until(() => letters.length > 0, 'the dead letter')
      assertEqual(
        letters[0]?.data,
        { topic, group: 'workers', attempts: 2, error: 'never', envelope },
        'the letter',
      )
      assertEqual(
        [letters[0]?.correlationId, letters[0]?.causationId],
        ['c', envelope.id],
        'where it comes from',
      )
    },
  ],
  [
    'drops what nobody wants any more',
    async ({ bus, topic, until, settle }) => {
      const got: unknown[] = []
      await bus.subscribe(topic, ({ data }) => void got.push(data))
      await bus.publish(topic, { type: 'n', data: 'old', expiresAt: new Date(0).toISOString() })
      await bus.publish(topic, { type: 'n', data: 'new', expiresAt: new Date(4e12).toISOString() })
      await until(() => got.length > 0, 'the event')
      await settle()
      assertEqual(got, ['new'], 'the events')
    },
  ],
  [
    'brings nothing more after a subscription was closed, and waits for its handler',
    async ({ bus, topic, until, settle }) => {
      let started = 0
      let ended = 0
      const gate = Promise.withResolvers<void>()
      const subscription = await bus.subscribe(topic, async () => {
        started++
        await gate.promise
        ended++
      })
      await bus.publish(topic, { type: 'n' })
      await until(() => started === 1, 'the handler')
      const closing = subscription.close().then(() => ended)
      gate.resolve()
      assertEqual(await closing, 1, 'handlers that ended before close did')
      await bus.publish(topic, { type: 'n' })
      await settle()
      assertEqual(started, 1, 'handlers')
    },
  ],
  [
    'answers requests, each with its own answer',
    async ({ bus, topic, patienceMs: timeoutMs }) => {
      await respond(
        bus,
        { topic, answer: ({ data }) => ({ type: 'answer', data: Number(data) * 2 }) },
        { concurrency: 4 },
      )
      const ask = (data: number) =>
        request(bus, { topic, draft: { type: 'ask', data, correlationId: `c${data}` } }, { timeoutMs })
      const answers = await Promise.all(numbers(10).map(ask))
      assertEqual(
        answers.map(({ data, correlationId }) => [data, correlationId]),
        numbers(10).map((n) => [n * 2, `c${n}`]),
        'the answers',
      )
      const late = request(bus, { topic: `${topic}.nobody`, draft: { type: 'ask' } }, { timeoutMs: 50 })
      const error = await assertThrows(late, 'a request that nobody answers')
      assertEqual(error instanceof Error && 'code' in error && error.code, 'timeout', 'its code')
    },
  ],
  [
    'deals once with an event that comes twice',
    async ({ bus, topic, until, settle }) => {
      const got: unknown[] = []
      const handler = once(({ data }) => void got.push(data))
      await bus.subscribe(topic, handler)
      for (const id of ['a', 'b', 'a']) await bus.publish(topic, { type: 'n', id, data: id })
      await until(() => got.length >= 2, 'both events')
      await settle()
      assertEqual(got, ['a', 'b'], 'the events')
    },
  ],
  [
    'refuses what is wrong',
    async ({ bus, topic }) => {
      const wrong = [
        bus.publish('a topic', { type: 'n' }),
        bus.publish(topic, { type: '' }),
        bus.publish(topic, { type: 'n', data: Number.NaN }),
        bus.publish(topic, { type: 'n', expiresAt: 'soon' }),
        bus.subscribe('a..b', () => {}),
        bus.subscribe(topic, () => {}, { attempts: 0 }),
        bus.subscribe(topic, () => {}, { group: 'a b' }),
      ]
      for (const [i, promise] of wrong.entries()) {
        const error = await assertThrows(promise, `wrong use ${i}`)
        if (!InvalidArgument.isInstance(error))
          throw new Error(`wrong use ${i}: expected InvalidArgument, got ${String(error)}`)
      }
    },
  ],
  [
    'close deals with what was published before, and takes nothing after',
    async ({ bus, topic }) => {
      const got: unknown[] = []
      await bus.subscribe(topic, async ({ data }) => {
        await new Promise((resolve) => setTimeout(resolve, 1))
        got.push(data)
      })
      for (const data of numbers(10)) await bus.publish(topic, { type: 'n', data })
      await bus.close()
      assertEqual(got, numbers(10), 'the events')
      await bus.close()
      await assertThrows(bus.publish(topic, { type: 'n' }), 'publish after close')
      await assertThrows(
        bus.subscribe(topic, () => {}),
        'subscribe after close',
      )
    },
  ],
]
