import { canonical, canonicalJson } from './canonical.ts'
import { CassetteError } from './cassette-error.ts'
import { type CassetteHeader, type Exchange, readCassette, writeCassette } from './cassette-file.ts'
import { differences } from './difference.ts'

/** The exchanges of a file being replayed: each is given out once, to the first request equal to its own. */
export interface ReplayTape {
  readonly remaining: number
  /** The request of the first exchange. */
  readonly first: unknown
  /** @throws CassetteError with the difference to the next exchange when none is equal */
  take(request: unknown): Exchange
  /** @throws CassetteError naming what was never asked for */
  assertComplete(): void
}

const summary = (request: unknown): string => canonicalJson(request).slice(0, 200)

/** Opens a cassette for replay. `keyOf` says what of an exchange is compared. @default its request */
export const openTape = (
  file: string,
  kind: CassetteHeader['cassette'],
  keyOf: (exchange: Exchange) => unknown = ({ request }) => request,
): ReplayTape => {
  const exchanges = readCassette(file, kind)
  const keys = exchanges.map((exchange) => canonicalJson(keyOf(exchange)))
  const left = new Set(exchanges.keys())
  return {
    get remaining() {
      return left.size
    },
    first: exchanges[0]?.request,
    take(request) {
      const key = canonicalJson(request)
      for (const index of left) {
        const exchange = exchanges[index]
        if (keys[index] !== key || !exchange) continue
        left.delete(index)
        return exchange
      }
      const next = exchanges[[...left][0] ?? -1]
      throw mismatch({ file, request, next: next && keyOf(next), total: exchanges.length })
    },
    assertComplete() {
      if (left.size === 0) return
      const lines = [...left].map((index) => `  line ${index + 2}: ${summary(exchanges[index]?.request)}`)
      throw new CassetteError(
        `${left.size} of ${exchanges.length} exchanges of ${file} were never asked for:\n${lines.join('\n')}`,
      )
    },
  }
}

const mismatch = (facts: {
  file: string
  request: unknown
  /** What the next exchange is compared by; `undefined` when none is left. */
  next: unknown
  total: number
}): CassetteError => {
  const { file, request, next, total } = facts
  const advice = "If the change is meant, record again with mode: 'record'."
  if (next === undefined)
    return new CassetteError(
      `All ${total} exchanges of ${file} are used up, and one more request came: ${summary(request)}. ${advice}`,
    )
  const lines = differences(next, canonical(request)).map((line) => `  ${line}`)
  const shown = lines.length > 12 ? [...lines.slice(0, 12), `  … and ${lines.length - 12} more`] : lines
  return new CassetteError(
    `No exchange left in ${file} is for this request. It differs from the next one in:\n${shown.join('\n')}\n${advice}`,
  )
}

/** The exchanges of a recording, written in the order their requests began, each time one is complete. */
export interface RecordTape {
  /** A place for an exchange that begins now; call it when the exchange is over. */
  begin(): (exchange: Exchange) => void
}

/** Starts a recording; the file appears with its first exchange. */
export const startTape = (file: string, kind: CassetteHeader['cassette']): RecordTape => {
  const exchanges: (Exchange | undefined)[] = []
  return {
    begin() {
      const place = exchanges.push(undefined) - 1
      return (exchange) => {
        exchanges[place] = exchange
        const done = exchanges.filter((one) => one !== undefined)
        writeCassette(file, { cassette: kind, version: 1 }, done)
      }
    },
  }
}
