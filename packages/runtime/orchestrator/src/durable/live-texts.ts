import { isObject } from '@ashlar/core'
import type { LiveTexts } from './journal.ts'

/** Live texts out of the JSON that they are kept as. */
export const toTexts = (json: string | undefined): LiveTexts => {
  const value: unknown = JSON.parse(json ?? '{}')
  const texts = isObject(value) ? Object.entries(value) : []
  return Object.fromEntries(texts.flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])))
}
