import { type Bus, type Envelope, type EnvelopeDraft, type Handler, once, request as ask } from '@ashlar/bus'
import { AshlarError, InvalidArgument, isObject, type JsonValue } from '@ashlar/core'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { type AgentMessage, toAgentMessage, toBody } from './agent-message.ts'
import { requireCount } from './line.ts'
import { Mail } from './mail.ts'

export interface MessengerOptions {
  readonly bus: Bus
  /** 1 to 100 letters, digits, `_` or `-`. Messengers of the same id share the messages that are for it. */
  readonly agentId: string
  /** Messages dealt with at once. @default 1 */
  readonly concurrency?: number
  /** Messages that the mailbox holds; those beyond stay on the bus, in its order. @default 10_000 */
  readonly capacity?: number
  /** Tries of a notification whose handler throws; then it is a dead letter of the bus. @default 3 */
  readonly attempts?: number
  readonly clock?: Clock
}

export interface SendOptions {
  /** The highest is dealt with first. @default 0 */
  readonly priority?: number
  /** Milliseconds after which nobody wants it any more: it is dropped. @default for ever; of a request, its timeout */
  readonly ttlMs?: number
  /** @default the message's own id */
  readonly correlationId?: string
  /** The id of the message that it follows from. */
  readonly causationId?: string
}

/** Sends messages to other agents, and takes theirs. */
export interface Messenger extends AsyncDisposable {
  readonly agentId: string
  /** Messages in the mailbox. */
  readonly waiting: number
  /** Messages that were in the mailbox when their time was up, and were dropped. */
  readonly expired: number
  /**
   * Asks an agent; resolves with the data of its answer.
   * @throws BusError `timeout` without an answer in time, AshlarError `request-failed` with what its handler threw
   */
  request(
    to: string,
    what: { readonly type: string; readonly data?: JsonValue },
    options?: SendOptions & {
      /** How long the answer is waited for, in milliseconds. @default ttlMs, else 30_000 */
      readonly timeoutMs?: number
      readonly signal?: AbortSignal
    },
  ): Promise<JsonValue>
  /** Tells an agent. Resolves with the message's id, once the bus has it. */
  notify(
    to: string,
    what: { readonly type: string; readonly data?: JsonValue },
    options?: SendOptions,
  ): Promise<string>
  /** Tells every other agent. Resolves with the message's id, once the bus has it. */
  broadcast(
    what: { readonly type: string; readonly data?: JsonValue },
    options?: SendOptions,
  ): Promise<string>
  /**
   * Deals with messages, those that wait first; what it gives is the answer to a request. Returns how to stop.
   * @throws InvalidArgument when there is a handler
   */
  onMessage(
    handler: (
      message: AgentMessage,
      context: { readonly signal: AbortSignal },
    ) => JsonValue | undefined | void | Promise<JsonValue | undefined | void>,
  ): () => void
  /** Takes no more, and deals with what waits; without a handler, the bus has it again. */
  close(): Promise<void>
}

const everybody = 'agents'
const answered = 'agent.answered'
const failed = 'agent.failed'

const topicOf = (agentId: string): string => {
  if (!/^[\w-]{1,100}$/.test(agentId))
    throw new InvalidArgument('agentId', '1 to 100 letters, digits, _ or -', agentId)
  return `agent.${agentId}`
}

interface Outgoing extends SendOptions {
  readonly kind: AgentMessage['kind']
  readonly type: string
  readonly data?: JsonValue
}

class AgentMessenger implements Messenger {
  readonly agentId: string
  readonly #options: MessengerOptions
  readonly #clock: Clock
  readonly #mail: Mail
  readonly #replyTo = new Map<string, Envelope>()
  #leave: (() => Promise<unknown>) | undefined
  #stopReading: (() => void) | undefined
  constructor(options: MessengerOptions) {
    this.#options = options
    this.agentId = options.agentId
    this.#clock = options.clock ?? systemClock
    this.#mail = new Mail({ clock: this.#clock, concurrency: options.concurrency ?? 1 })
  }
  get waiting(): number {
    return this.#mail.waiting
  }
  get expired(): number {
    return this.#mail.expired
  }
  async open(): Promise<void> {
    const { bus, agentId, capacity = 10_000, attempts = 3 } = this.#options
    // All that the mailbox holds is under way for the bus, which is told of each once it was dealt with.
    const how = { concurrency: capacity, attempts }
    const own = await bus.subscribe(topicOf(agentId), once(this.#receive), { ...how, group: agentId })
    const all = await bus.subscribe(everybody, once(this.#receive), how)
    this.#leave = () => Promise.all([own.close(), all.close()])
  }
  readonly request: Messenger['request'] = async (to, what, options = {}) => {
    const { timeoutMs = options.ttlMs ?? 30_000, signal } = options
    const answer = await ask(
      this.#options.bus,
      { topic: topicOf(to), draft: this.#draft(to, { ...options, ...what, kind: 'request' }) },
      { timeoutMs, clock: this.#clock, ...(signal && { signal }) },
    )
    if (answer.type !== failed) return answer.data
    const why = JSON.stringify(isObject(answer.data) ? answer.data['error'] : answer.data)
    throw new AshlarError('request-failed', `${to} could not answer ${what.type}: ${why}`)
  }
  readonly notify: Messenger['notify'] = async (to, what, options = {}) => {
    const draft = this.#draft(to, { ...options, ...what, kind: 'notification' })
    return (await this.#options.bus.publish(topicOf(to), draft)).id
  }
  readonly broadcast: Messenger['broadcast'] = async (what, options = {}) => {
    const draft = this.#draft(everybody, { ...options, ...what, kind: 'broadcast' })
    return (await this.#options.bus.publish(everybody, draft)).id
  }
  readonly onMessage: Messenger['onMessage'] = (handler) => {
    if (this.#stopReading) throw new InvalidArgument('handler', 'one at a time', 'a second one')
    const stop = this.#mail.read(async (message, signal) => {
      const request = this.#replyTo.get(message.id)
      try {
        const answer = await handler(message, { signal })
        if (request) await this.#answer(request, answered, answer ?? null)
      } catch (error) {
        // Whoever asked decides whether to ask again; a notification is tried again by the bus.
        if (!request) throw error
        await this.#answer(request, failed, { error: error instanceof Error ? error.message : String(error) })
      }
    })
    this.#stopReading = stop
    return () => {
      if (this.#stopReading !== stop) return
      this.#stopReading = undefined
      stop()
    }
  }
  readonly close = async (): Promise<void> => {
    const leave = this.#leave
    this.#leave = undefined
    if (!leave) return
    await this.#mail.close()
    await leave()
  };
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
  readonly #receive: Handler = async (envelope, { signal }) => {
    const message = toAgentMessage(envelope)
    if (!message || (message.kind === 'broadcast' && message.from === this.agentId)) return
    if (message.kind === 'request') this.#replyTo.set(message.id, envelope)
    try {
      await this.#mail.put(message, signal)
    } finally {
      this.#replyTo.delete(message.id)
    }
  }
  async #answer(
    { id, correlationId, replyTo, expiresAt }: Envelope,
    type: string,
    data: JsonValue,
  ): Promise<void> {
    if (replyTo === undefined) return
    const draft = { type, data, source: this.agentId, correlationId, causationId: id }
    await this.#options.bus.publish(replyTo, { ...draft, ...(expiresAt !== undefined && { expiresAt }) })
  }
  #draft(subject: string, message: Outgoing): EnvelopeDraft {
    const { kind, type, data = null, priority = 0, ttlMs, correlationId, causationId } = message
    if (!Number.isFinite(priority)) throw new InvalidArgument('priority', 'a finite number', priority)
    if (ttlMs !== undefined && !(ttlMs > 0 && ttlMs < 8.64e15 - this.#clock.now()))
      throw new InvalidArgument('ttlMs', 'a number of milliseconds above 0', ttlMs)
    return {
      type,
      source: this.agentId,
      subject,
      data: toBody({ kind, priority, content: data }),
      ...(correlationId !== undefined && { correlationId }),
      ...(causationId !== undefined && { causationId }),
      ...(ttlMs !== undefined && { expiresAt: new Date(this.#clock.now() + ttlMs).toISOString() }),
    }
  }
}

/**
 * Messages between agents over a bus: requests, notifications and broadcasts, the highest priority first, in order
 * within a priority. A notification whose handler throws comes again, behind others; a request is answered with why.
 * @throws InvalidArgument when an option is wrong, BusError when the bus is closed
 */
export const createMessenger = async (options: MessengerOptions): Promise<Messenger> => {
  topicOf(options.agentId)
  for (const name of ['concurrency', 'capacity', 'attempts'] as const) requireCount(name, options[name] ?? 1)
  const messenger = new AgentMessenger(options)
  await messenger.open()
  return messenger
}
