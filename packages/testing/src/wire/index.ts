export type {
  WireAnswer,
  WireDialect,
  WireEndpoint,
  WireFault,
  WirePace,
  WirePosition,
} from './wire-answer.ts'
export type { WireRecord } from './wire-record.ts'
export {
  createWireServer,
  type WireAnswerFunction,
  type WireServer,
  type WireServerOptions,
} from './wire-server.ts'
