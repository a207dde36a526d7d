import type { JsonValue, Usage } from '@ashlar/core'
import type { RecordedState } from '../durable/journal.ts'

/** Where a node of a drawn run stands. `interrupted`: it ran when its process ended. */
export type NodeState =
  | 'pending'
  | 'running'
  | 'paused'
  | 'retrying'
  | 'done'
  | 'failed'
  | 'unknown'
  | 'skipped'
  | 'upstream_failed'
  | 'cancelled'
  | 'interrupted'

/** One node of a drawn run: a task of a graph, or a step of an agent. Plain JSON. */
export interface RunNode {
  readonly id: string
  readonly kind: 'task' | 'model' | 'tool'
  /** Who does it: the agent of a task, the tool of a call. */
  readonly by?: string
  /** From 0: what has to end first is on a level before. */
  readonly level: number
  readonly dependsOn: readonly string[]
  readonly state: NodeState
  readonly attempts: number
  /** Input and output tokens of the answers inside. */
  readonly tokens: number
  /** Effects inside that may or may not have happened. */
  readonly unknown: number
  /** What it was asked. */
  readonly input?: string
  readonly output?: string
  readonly error?: string
  /** The last text that a model wrote inside. */
  readonly lastText?: string | undefined
}

/** A run as it is drawn. Plain JSON, without secrets. */
export interface RunView {
  readonly runId: string
  readonly name: string
  /**
   * `interrupted`: nobody runs it, and it has not ended. `queued`: it waits for a worker. `cancelling`: whoever runs it was
   * asked to cancel it.
   */
  readonly state: RecordedState | 'interrupted' | 'queued' | 'cancelling'
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** When it ended, or paused; absent while it runs. */
  readonly endedAt?: number
  readonly nodes: readonly RunNode[]
  readonly usage: Usage
  readonly modelCalls: number
  readonly unknown: number
  /** Calls that wait for an approval. */
  readonly pending: readonly PendingCall[]
  readonly lastText?: string
  /** What models write now: the end of it, by the id of the node. */
  readonly writing: Readonly<Record<string, string>>
  readonly error?: string
}

export interface PendingCall {
  readonly callId: string
  readonly name: string
  readonly input: JsonValue
}
