export { type RedisCircuits, redisCircuits, type RedisCircuitsOptions } from './redis-circuits.ts'
export { type RedisLimits, redisLimits, type RedisLimitsOptions } from './redis-limits.ts'
export type { RedisCommands, RedisOptions } from './redis-link.ts'
