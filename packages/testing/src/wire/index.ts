export type { WireAnswerFunction } from './answer-queue.ts'
export type {
  WireAnswer,
  WireDialect,
  WireEndpoint,
  WireFault,
  WirePace,
  WirePosition,
} from './wire-answer.ts'
export type { WireRecord } from './wire-record.ts'
export { createWireServer, type WireServer, type WireServerOptions } from './wire-server.ts'
