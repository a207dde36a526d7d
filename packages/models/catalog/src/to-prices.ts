import type { ModelInfo, ModelPrice } from '@pydantic/genai-prices'
import type { KnownFacts, Modalities } from './model-facts.ts'
import { type Price, type PriceKind, type PricePeriod, type Prices, toDecimal } from './price.ts'

const kinds: Readonly<Record<string, PriceKind>> = {
  input_mtok: 'input',
  output_mtok: 'output',
  cache_read_mtok: 'cachedInput',
  cache_write_mtok: 'cacheWrite',
  cache_write_5m_mtok: 'cacheWrite',
  cache_write_1h_mtok: 'cacheWrite1h',
  output_reasoning_mtok: 'reasoning',
  output_citation_mtok: 'citation',
  input_audio_mtok: 'audioInput',
  cache_audio_read_mtok: 'cachedAudioInput',
  output_audio_mtok: 'audioOutput',
  input_image_mtok: 'imageInput',
  cache_image_read_mtok: 'cachedImageInput',
  output_image_mtok: 'imageOutput',
  input_video_mtok: 'videoInput',
  output_video_mtok: 'videoOutput',
  requests_kcount: 'request',
  web_searches_kcount: 'webSearch',
  storage_searches_kcount: 'fileSearch',
  input_text_messages_kcount: 'textMessage',
  input_document_kpages: 'documentPage',
  input_annotated_document_kpages: 'annotatedDocumentPage',
  audio_hours: 'audioHour',
  input_audio_hours: 'inputAudioHour',
}

const toPrice = (price: NonNullable<ModelPrice[string]>, key: string): Price => {
  if (typeof price === 'number') return { usd: toDecimal(price, key) }
  const tiers = price.tiers.map((tier) => ({ above: tier.start, usd: toDecimal(tier.price, key) }))
  return { usd: toDecimal(price.base, key), tiers: tiers.toSorted((a, b) => a.above - b.above) }
}

/** `undefined` when there is no price at all, or one for something that is not known here: half a bill is no bill. */
const toPrices = (prices: ModelPrice): Prices | undefined => {
  const found: { [Kind in PriceKind]?: Price } = {}
  for (const [key, price] of Object.entries(prices)) {
    if (price === undefined) continue
    const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined
    if (!kind) return undefined
    found[kind] = toPrice(price, key)
  }
  return Object.keys(found).length > 0 ? found : undefined
}

/** The price list of a model, or `undefined` when a part of it is not understood. */
export const toPeriods = (prices: ModelInfo['prices']): PricePeriod[] | undefined => {
  const periods: PricePeriod[] = []
  for (const { constraint, prices: given } of Array.isArray(prices) ? prices : [{ prices }]) {
    const known = toPrices(given)
    if (!known) return undefined
    if (!constraint) periods.push({ prices: known })
    else if (constraint.type === 'start_date') periods.push({ from: constraint.start_date, prices: known })
    else {
      const [start, end] = [constraint.start_time, constraint.end_time].map((time) => time.replace(/Z$/, ''))
      if (!/^\d\d:\d\d:\d\d$/.test(start ?? '') || !/^\d\d:\d\d:\d\d$/.test(end ?? '')) return undefined
      periods.push({ daily: { start: start ?? '', end: end ?? '' }, prices: known })
    }
  }
  return periods
}

/** A price for tokens of a kind says that the model takes or makes it; no price says nothing. */
export const toModalities = (prices: Prices | undefined): Pick<KnownFacts, 'input' | 'output'> => {
  if (!prices) return {}
  const input: Modalities = {
    ...(prices.input && { text: true }),
    ...(prices.imageInput && { image: true }),
    ...((prices.audioInput ?? prices.inputAudioHour) && { audio: true }),
    ...(prices.videoInput && { video: true }),
    ...(prices.documentPage && { file: true }),
  }
  const output: Modalities = {
    ...(prices.imageOutput && { image: true }),
    ...(prices.audioOutput && { audio: true }),
    ...(prices.videoOutput && { video: true }),
  }
  return {
    ...(Object.keys(input).length > 0 && { input }),
    ...(Object.keys(output).length > 0 && { output }),
  }
}
