import { isObject, type JsonValue } from '@ashlar/core'
import type { Envelope } from '@ashlar/bus'

/** What one agent says to another. Plain JSON. */
export interface AgentMessage {
  /** Unique: the same id is the same message, however often it comes. */
  readonly id: string
  /** `request` waits for an answer, `notification` is for one agent, `broadcast` for all. */
  readonly kind: 'request' | 'notification' | 'broadcast'
  /** What it is about, as `noun.verb`. */
  readonly type: string
  /** The id of the agent that sent it. */
  readonly from: string
  readonly data: JsonValue
  /** The highest is dealt with first. */
  readonly priority: number
  /** Everything that began with one cause has the same. */
  readonly correlationId: string
  /** The id of the message that it follows from. */
  readonly causationId?: string
  /** An ISO 8601 time after which nobody wants it any more. */
  readonly expiresAt?: string
}

/** What of a message the envelope has no field for. */
interface Body {
  readonly kind: AgentMessage['kind']
  readonly priority: number
  readonly content: JsonValue
}

const isKind = (value: unknown): value is AgentMessage['kind'] =>
  value === 'request' || value === 'notification' || value === 'broadcast'

export const toBody = ({ kind, priority, content }: Body): JsonValue => ({ kind, priority, content })

/** The message in an envelope; undefined for what no messenger sent. */
export const toAgentMessage = (envelope: Envelope): AgentMessage | undefined => {
  const { id, type, source, data, correlationId, causationId, expiresAt } = envelope
  if (!isObject(data) || !isKind(data['kind']) || typeof data['priority'] !== 'number') return undefined
  const { kind, priority, content = null } = data
  return {
    id,
    kind,
    type,
    from: source,
    data: content,
    priority,
    correlationId,
    ...(causationId !== undefined && { causationId }),
    ...(expiresAt !== undefined && { expiresAt }),
  }
}
