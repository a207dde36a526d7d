import { InvalidArgument } from '@ashlar/core'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { BusError } from './bus-error.ts'
import { type Bus, deadLetterTopic, type Handler, type SubscribeOptions } from './bus.ts'
import { checkSubscription, checkTopic } from './check-subscription.ts'
import { deliver } from './deliver.ts'
import { type Envelope, toEnvelope } from './envelope.ts'
import { Mailbox } from './mailbox.ts'

export interface InProcessBusOptions {
  /** Who publishes, where a draft does not say. @default 'ashlar' */
  readonly source?: string
  /** Events that may wait for each subscription or group. @default 10_000 */
  readonly capacity?: number
  /** How long `publish` waits for room, in milliseconds. @default 5_000 */
  readonly publishTimeoutMs?: number
  /** How long `close` waits for events that wait and handlers that run, in milliseconds. @default 5_000 */
  readonly closeTimeoutMs?: number
  readonly clock?: Clock
  /** At least 0 and below 1. @default Math.random */
  readonly random?: () => number
  /** @default random UUIDs */
  readonly createId?: () => string
}

const checkOptions = ({
  capacity = 1,
  publishTimeoutMs = 0,
  closeTimeoutMs = 0,
}: InProcessBusOptions): void => {
  if (!Number.isInteger(capacity) || capacity < 1)
    throw new InvalidArgument('capacity', 'a whole number from 1', capacity)
  for (const [name, value] of Object.entries({ publishTimeoutMs, closeTimeoutMs }))
    if (!(value >= 0)) throw new InvalidArgument(name, 'milliseconds from 0', value)
}

/**
 * A bus in this process: no server, nothing kept on disk. A subscription that is behind by `capacity` events makes
 * publishers wait, and after `publishTimeoutMs` fails them with a `BusError`.
 * @throws InvalidArgument when an option is wrong
 */
export const inProcessBus = (options: InProcessBusOptions = {}): Bus => {
  checkOptions(options)
  const { source = 'ashlar', capacity = 10_000, publishTimeoutMs = 5_000, closeTimeoutMs = 5_000 } = options
  const { clock = systemClock, random = Math.random, createId = () => crypto.randomUUID() } = options
  const defaults = { source, now: () => clock.now(), createId }
  const topics = new Map<string, Map<string | symbol, Mailbox>>()
  const controller = new AbortController()
  let isClosed = false

  const send = async (topic: string, envelope: Envelope): Promise<void> => {
    // As text: what a handler does to its event is not seen by another.
    const text = JSON.stringify(envelope)
    const boxes = [...(topics.get(topic)?.values() ?? [])]
    const deadline = clock.now() + publishTimeoutMs
    for (const box of boxes) await box.push(text, { clock, deadline })
  }

  const receive = (topic: string, handler: Handler, how: SubscribeOptions) => async (text: string) => {
    const envelope: Envelope = JSON.parse(text)
    const letter = await deliver(envelope, handler, {
      ...how,
      topic,
      clock,
      random,
      signal: controller.signal,
    })
    if (!letter || topic.startsWith(deadLetterTopic(''))) return
    const { id, correlationId } = envelope
    const data = JSON.parse(JSON.stringify(letter))
    const draft = { type: 'bus.dead-letter', correlationId, causationId: id, data }
    await send(deadLetterTopic(topic), toEnvelope(draft, defaults))
  }

  const subscribe: Bus['subscribe'] = async (topic, handler, how = {}) => {
    if (isClosed) throw new BusError('closed', 'The bus was closed')
    checkTopic(topic)
    checkSubscription(how)
    const boxes = topics.get(topic) ?? new Map<string | symbol, Mailbox>()
    topics.set(topic, boxes)
    const name = how.group ?? Symbol(topic)
    const box = boxes.get(name) ?? new Mailbox(capacity)
    boxes.set(name, box)
    const leave = box.join(receive(topic, handler, how), how.concurrency ?? 1)
    return {
      close: async () => {
        const isLast = box.members === 1
        if (isLast && boxes.get(name) === box) boxes.delete(name)
        if (boxes.size === 0 && topics.get(topic) === boxes) topics.delete(topic)
        await leave()
      },
    }
  }

  return {
    subscribe,
    publish: async (topic, draft) => {
      if (isClosed) throw new BusError('closed', 'The bus was closed')
      checkTopic(topic)
      const envelope = toEnvelope(draft, defaults)
      await send(topic, envelope)
      return envelope
    },
    close: async () => {
      if (isClosed) return
      isClosed = true
      const timer = clock.setTimeout(
        () => controller.abort(new BusError('closed', 'The bus was closed')),
        closeTimeoutMs,
      )
      // A handler may publish its dead letter to a topic that was idle: ask until all are.
      for (let busy = true; busy && !controller.signal.aborted;) {
        const boxes = [...topics.values()].flatMap((one) => [...one.values()])
        busy = boxes.some((box) => !box.idle)
        await Promise.all(boxes.map((box) => box.drain(controller.signal)))
      }
      clock.clearTimeout(timer)
      topics.clear()
    },
  }
}
