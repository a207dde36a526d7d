import { InvalidArgument } from '@ashlar/core/errors'

/** What is charged for, and how many of it a price is for. */
export const priceUnits = {
  /** Tokens of text read anew. */ input: 1_000_000,
  /** Tokens of text written, thinking included unless `reasoning` has its own price. */ output: 1_000_000,
  /** Tokens read from the prompt cache. */ cachedInput: 1_000_000,
  /** Tokens written to the prompt cache, for its shortest lifetime (five minutes at Anthropic). */ cacheWrite: 1_000_000,
  /** Tokens written to the prompt cache for one hour. */ cacheWrite1h: 1_000_000,
  reasoning: 1_000_000,
  citation: 1_000_000,
  audioInput: 1_000_000,
  cachedAudioInput: 1_000_000,
  audioOutput: 1_000_000,
  imageInput: 1_000_000,
  cachedImageInput: 1_000_000,
  imageOutput: 1_000_000,
  videoInput: 1_000_000,
  videoOutput: 1_000_000,
  /** Calls. */ request: 1000,
  webSearch: 1000,
  fileSearch: 1000,
  textMessage: 1000,
  documentPage: 1000,
  annotatedDocumentPage: 1000,
  /** Hours. */ audioHour: 1,
  inputAudioHour: 1,
} as const

export type PriceKind = keyof typeof priceUnits

/** From a number of input tokens on, the whole request is charged at another price. */
export interface PriceTier {
  /** The tier holds for requests with more input tokens than this, cached ones included. */
  readonly above: number
  readonly usd: string
}

/** US dollars for `priceUnits` of a kind, as an exact decimal: `'0.075'`. */
export interface Price {
  readonly usd: string
  /** In rising order; the last that holds counts. */
  readonly tiers?: readonly PriceTier[]
}

/** Prices by what is charged for. What is absent is not known: it is never free. */
export type Prices = { readonly [Kind in PriceKind]?: Price }

/** Prices and when they hold. */
export interface PricePeriod {
  /** The first day (UTC), `YYYY-MM-DD`. @default since ever */
  readonly from?: string
  /** Times of the day (UTC), `HH:MM:SS`, the end excluded; may span midnight. @default all day */
  readonly daily?: { readonly start: string; readonly end: string }
  readonly prices: Prices
}

const decimal = /^(?:0|[1-9]\d*)(?:\.\d+)?$/

/**
 * The exact decimal a number was written as: `1e-7` becomes `'0.0000001'`.
 * @throws InvalidArgument for anything that is not a finite decimal of 0 or more
 */
export const toDecimal = (value: unknown, argument: string): string => {
  const text = typeof value === 'number' ? expand(String(value)) : value
  if (typeof text === 'string' && decimal.test(text)) return text
  throw new InvalidArgument(argument, "US dollars as a decimal of 0 or more, such as '0.075'", value)
}

/** Writes out the exponent that JavaScript gives numbers below 1e-6. */
const expand = (number: string): string => {
  const [digits = '', exponent] = number.split('e-')
  if (exponent === undefined) return number
  const [whole = '', fraction = ''] = digits.split('.')
  return `0.${'0'.repeat(Number(exponent) - whole.length)}${whole}${fraction}`
}

const timeOf = (at: Date): string => at.toISOString().slice(11, 19)

const holds = ({ from, daily }: PricePeriod, at: Date): boolean => {
  if (from !== undefined && at.toISOString() < from) return false
  if (!daily) return true
  const { start, end } = daily
  const time = timeOf(at)
  return start <= end ? start <= time && time < end : start <= time || time < end
}

/** The prices that hold at a time: of the periods that do, the last. `undefined` when none is known. */
export const pricesAt = (periods: readonly PricePeriod[] | undefined, at: Date): Prices | undefined =>
  periods?.findLast((period) => holds(period, at))?.prices
