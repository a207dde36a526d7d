import { InvalidArgument } from '@ashlar/core'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { BusError } from './bus-error.ts'
import { type Bus, deadLetterTopic, type Handler, type SubscribeOptions, type Subscription } from './bus.ts'
import { checkSubscription, checkTopic } from './check-subscription.ts'
import { deliver } from './deliver.ts'
import { type Envelope, type EnvelopeDraft, toEnvelope } from './envelope.ts'
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

class InProcessBus implements Bus {
  readonly #options: Required<InProcessBusOptions>
  readonly #topics = new Map<string, Map<string | symbol, Mailbox>>()
  readonly #controller = new AbortController()
  #isClosed = false
  constructor(options: InProcessBusOptions) {
    this.#options = {
      source: 'ashlar',
      capacity: 10_000,
      publishTimeoutMs: 5_000,
      closeTimeoutMs: 5_000,
      clock: systemClock,
      random: Math.random,
      createId: () => crypto.randomUUID(),
      ...options,
    }
  }
  async publish(topic: string, draft: EnvelopeDraft): Promise<Envelope> {
    this.#require(topic)
    const envelope = this.#toEnvelope(draft)
    await this.#send(topic, envelope)
    return envelope
  }
  async subscribe(topic: string, handler: Handler, how: SubscribeOptions = {}): Promise<Subscription> {
    this.#require(topic)
    checkSubscription(how)
    const boxes = this.#topics.get(topic) ?? new Map<string | symbol, Mailbox>()
    this.#topics.set(topic, boxes)
    const name = how.group ?? Symbol(topic)
    const box = boxes.get(name) ?? new Mailbox(this.#options.capacity)
    boxes.set(name, box)
    const leave = box.join((text) => this.#receive(text, handler, { ...how, topic }), how.concurrency ?? 1)
    const close = async (): Promise<void> => {
      if (box.members === 1 && boxes.get(name) === box) boxes.delete(name)
      if (boxes.size === 0 && this.#topics.get(topic) === boxes) this.#topics.delete(topic)
      await leave()
    }
    return { close }
  }
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const { clock, closeTimeoutMs } = this.#options
    const { signal } = this.#controller
    const giveUp = (): void => this.#controller.abort(new BusError('closed', 'The bus was closed'))
    const timer = clock.setTimeout(giveUp, closeTimeoutMs)
    // A handler may send its dead letter to a topic that was idle: ask until all are.
    for (let busy = true; busy && !signal.aborted;) {
      const boxes = [...this.#topics.values()].flatMap((one) => [...one.values()])
      busy = boxes.some((box) => !box.idle)
      await Promise.all(boxes.map((box) => box.drain(signal)))
    }
    clock.clearTimeout(timer)
    this.#topics.clear()
  }
  #require(topic: string): void {
    if (this.#isClosed) throw new BusError('closed', 'The bus was closed')
    checkTopic(topic)
  }
  #toEnvelope(draft: EnvelopeDraft): Envelope {
    const { source, clock, createId } = this.#options
    return toEnvelope(draft, { source, now: () => clock.now(), createId })
  }
  async #send(topic: string, envelope: Envelope): Promise<void> {
    // As text: what a handler does to its event is not seen by another.
    const text = JSON.stringify(envelope)
    const { clock, publishTimeoutMs } = this.#options
    const deadline = clock.now() + publishTimeoutMs
    // Those that are there now: who joins while one is waited for is too late.
    const boxes = Array.from(this.#topics.get(topic)?.values() ?? [])
    for (const box of boxes) await box.push(text, { clock, deadline })
  }
  async #receive(
    text: string,
    handler: Handler,
    how: SubscribeOptions & { readonly topic: string },
  ): Promise<void> {
    const { clock, random } = this.#options
    const envelope: Envelope = JSON.parse(text)
    const letter = await deliver(envelope, handler, {
      ...how,
      clock,
      random,
      signal: this.#controller.signal,
    })
    if (!letter || how.topic.startsWith(deadLetterTopic(''))) return
    const { id: causationId, correlationId } = envelope
    const data = JSON.parse(JSON.stringify(letter))
    const draft = { type: 'bus.dead-letter', correlationId, causationId, data }
    await this.#send(deadLetterTopic(how.topic), this.#toEnvelope(draft))
  }
}

/**
 * A bus in this process: no server, nothing kept on disk. A subscription that is behind by `capacity` events makes
 * publishers wait, and after `publishTimeoutMs` fails them with a `BusError`.
 * @throws InvalidArgument when an option is wrong
 */
export const inProcessBus = (options: InProcessBusOptions = {}): Bus => {
  checkOptions(options)
  const bus = new InProcessBus(options)
  return {
    publish: (topic, draft) => bus.publish(topic, draft),
    subscribe: (topic, handler, how) => bus.subscribe(topic, handler, how),
    close: () => bus.close(),
  }
}
