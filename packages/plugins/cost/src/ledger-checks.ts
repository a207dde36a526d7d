import { InvalidArgument } from '@ashlar/core'
import type { AccountLimit, ExpiryRule, Reservation, Settlement } from './ledger.ts'
import type { PicoDollars } from './money.ts'

/** Options of every ledger. */
export interface LedgerOptions {
  /** What a call costs whose holder was lost: all that was reserved for it, or nothing. @default 'charge' */
  readonly onExpiry?: ExpiryRule
}

/** The most a ledger can add up, in picodollars: 64 bits, some $9.2 million an account. */
const most = 2n ** 63n - 1n

const checkMoney = (name: string, value: PicoDollars): void => {
  if (typeof value !== 'bigint' || value < 0n || value > most)
    throw new InvalidArgument(name, `picodollars as a bigint from 0 to ${most}`, value)
}

const checkTime = (name: string, value: number): void => {
  if (!Number.isSafeInteger(value))
    throw new InvalidArgument(name, 'whole milliseconds since the epoch', value)
}

/** @throws InvalidArgument for a rule that is none */
export const checkExpiryRule = ({ onExpiry = 'charge' }: LedgerOptions): ExpiryRule => {
  if (onExpiry !== 'charge' && onExpiry !== 'release')
    throw new InvalidArgument('onExpiry', "'charge' or 'release'", onExpiry)
  return onExpiry
}

/** @throws InvalidArgument for amounts or times no ledger can keep */
export const checkReservation = (
  { id, amount, at, leaseUntil }: Reservation,
  limits: readonly AccountLimit[],
): void => {
  if (typeof id !== 'string' || id === '') throw new InvalidArgument('id', 'a text', id)
  checkMoney('amount', amount)
  checkTime('at', at)
  checkTime('leaseUntil', leaseUntil)
  for (const [index, { limit }] of limits.entries()) checkMoney(`limits[${index}].limit`, limit)
}

/** @throws InvalidArgument for a cost or time no ledger can keep */
export const checkSettlement = ({ cost, at }: Settlement): void => {
  checkMoney('cost', cost)
  checkTime('at', at)
}
