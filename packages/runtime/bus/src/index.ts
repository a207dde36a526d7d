export { BusError, type BusErrorCode } from './bus-error.ts'
export {
  type Bus,
  type DeadLetter,
  deadLetterTopic,
  type Delivery,
  type Handler,
  type SubscribeOptions,
  type Subscription,
} from './bus.ts'
export { type Envelope, type EnvelopeDraft, isEnvelope } from './envelope.ts'
export { inProcessBus, type InProcessBusOptions } from './in-process-bus.ts'
export { once } from './once.ts'
export { request, type RequestOptions, respond } from './request.ts'
