import { InvalidArgument } from '@ashlar/core'
import type { SubscribeOptions } from './bus.ts'

/** Letters, digits, `.`, `_` and `-`, which NATS and Kafka both take; at most 200 characters. */
export const checkTopic = (topic: string): void => {
  if (!/^[\w-]+(\.[\w-]+)*$/.test(topic) || topic.length > 200)
    throw new InvalidArgument('topic', 'letters, digits, _ and - in parts joined by dots, at most 200', topic)
}

/** @throws InvalidArgument which names the option, what was expected and what came */
export const checkSubscription = (options: SubscribeOptions): void => {
  const { group, concurrency = 1, attempts = 3, baseMs = 0, capMs = 0 } = options
  if (group !== undefined && !/^[\w-]{1,100}$/.test(group))
    throw new InvalidArgument('group', '1 to 100 letters, digits, _ or -', group)
  for (const [name, value] of Object.entries({ concurrency, attempts }))
    if (!Number.isInteger(value) || value < 1) throw new InvalidArgument(name, 'a whole number from 1', value)
  for (const [name, value] of Object.entries({ baseMs, capMs }))
    if (!(value >= 0)) throw new InvalidArgument(name, 'milliseconds from 0', value)
}
