import { InvalidArgument } from '@ashlar/core/errors'

/** Money as a whole number of 1e-12 US dollars: exact, and added without rounding. */
export type PicoDollars = bigint

/** Picodollars in a dollar. */
const picoPerUsd = 1_000_000_000_000n

const decimal = /^(-?)(\d+)(?:\.(\d+))?$/
const places = 12

/**
 * US dollars written as a decimal (`'0.075'`), exactly; a number, which may be none (0.1 + 0.2), to the nearest
 * picodollar.
 * @throws InvalidArgument for anything else, and for more than 12 places (a picodollar cannot be split)
 */
export const toPicoDollars = (usd: string | number): PicoDollars => {
  const [, sign, whole = '', written = ''] =
    decimal.exec(typeof usd === 'number' ? usd.toFixed(places) : usd) ?? []
  const fraction = written.replace(/0+$/, '')
  if (sign === undefined || fraction.length > places)
    throw new InvalidArgument('usd', "US dollars as a decimal of at most 12 places, such as '0.075'", usd)
  const pico = BigInt(whole + fraction.padEnd(places, '0'))
  return sign ? -pico : pico
}

/** US dollars as an exact decimal, without zeros at the end: `'0.075'`. Read back by `toPicoDollars`. */
export const toUsdString = (pico: PicoDollars): string => {
  const digits = (pico < 0n ? -pico : pico).toString().padStart(places + 1, '0')
  const fraction = digits.slice(-places).replace(/0+$/, '')
  return `${pico < 0n ? '-' : ''}${digits.slice(0, -places)}${fraction && `.${fraction}`}`
}

export interface FormatUsdOptions {
  /** Decimal places, 0 to 12. @default 2 from a dollar on, otherwise enough for two digits that count */
  readonly digits?: number
}

const enough = (pico: PicoDollars): number => {
  if (pico === 0n || pico >= picoPerUsd) return 2
  return Math.min(places, Math.max(2, places - pico.toString().length + 2))
}

/** For people: `$0.075`, rounded half up (away from zero). Anything but a display wants `toUsdString`. */
export const formatUsd = (pico: PicoDollars, { digits }: FormatUsdOptions = {}): string => {
  const size = pico < 0n ? -pico : pico
  const shown = digits ?? enough(size)
  if (!Number.isInteger(shown) || shown < 0 || shown > places)
    throw new InvalidArgument('digits', 'a whole number from 0 to 12', shown)
  const step = 10n ** BigInt(places - shown)
  const units = ((size + step / 2n) / step).toString().padStart(shown + 1, '0')
  const whole = units.slice(0, units.length - shown)
  const isZero = /^0*$/.test(units)
  return `${pico < 0n && !isZero ? '-' : ''}$${whole}${shown > 0 ? `.${units.slice(-shown)}` : ''}`
}

/** `count` things at a price of `usd` for `per` of them; a part of a picodollar is rounded up. */
export const priceTimes = (
  usd: string,
  { count, per }: { readonly count: number; readonly per: number },
): PicoDollars => {
  const [whole = '0', fraction = ''] = usd.split('.')
  const total = BigInt(whole + fraction) * BigInt(count) * picoPerUsd
  const divisor = BigInt(per) * 10n ** BigInt(fraction.length)
  return (total + divisor - 1n) / divisor
}
