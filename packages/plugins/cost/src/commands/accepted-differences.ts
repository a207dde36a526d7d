import type { CommandIo } from '@ashlar/command'
import { InvalidArgument, isObject } from '@ashlar/core'
import type { PriceDifference } from '../drift.ts'
import { readJson } from './price-options.ts'

type Known = Pick<PriceDifference, 'id' | 'kind' | 'ours' | 'theirs'>

const isKnown = (value: unknown): value is Known =>
  isObject(value) && ['id', 'kind', 'ours', 'theirs'].every((field) => typeof value[field] === 'string')

/** Differences that were looked up, and are as they should be. */
export interface AcceptedDifferences {
  /** Of exactly these two prices. */
  readonly has: (difference: Known) => boolean
  /** How many there are. */
  readonly size: number
}

const nameOf = ({ id, kind, ours, theirs }: Known): string => JSON.stringify([id, kind, ours, theirs])

/**
 * The differences in a file: a list of `{ id, kind, ours, theirs }`, or what `ashlar cost drift --json` wrote.
 * @throws InvalidArgument when it is something else
 */
export const readAccepted = async (
  file: string | undefined,
  io: Pick<CommandIo, 'cwd' | 'signal'>,
): Promise<AcceptedDifferences> => {
  if (file === undefined) return { has: () => false, size: 0 }
  const value = await readJson(file, io)
  const list: unknown = isObject(value) ? value['differences'] : value
  if (!Array.isArray(list) || !list.every(isKnown))
    throw new InvalidArgument(
      '--accept',
      'a list of { id, kind, ours, theirs }, or what --json wrote',
      JSON.stringify(value).slice(0, 200),
    )
  const names = new Set(list.map(nameOf))
  return { has: (difference) => names.has(nameOf(difference)), size: names.size }
}
