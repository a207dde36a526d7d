import { consul } from './consul.mjs'
import { kafka } from './kafka.mjs'
import { nats } from './nats.mjs'
import { postgres } from './postgres.mjs'
import { redis } from './redis.mjs'

/** The engines, quickest to be had first. */
export const engines = [redis, nats, postgres, kafka, consul]
