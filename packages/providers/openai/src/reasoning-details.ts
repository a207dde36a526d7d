import type { JsonObject } from '@ashlar/core'

const growing: ReadonlySet<string> = new Set(['text', 'summary', 'data'])

/**
 * Joins the fragments of OpenRouter's `reasoning_details`, which must travel back whole: signatures, summaries and
 * encrypted thoughts of the vendors behind it. Source: openrouter.ai/docs/use-cases/reasoning-tokens
 */
export const addReasoningDetails = (details: JsonObject[], fragments: readonly JsonObject[]): void => {
  for (const fragment of fragments) {
    const begun = details.find(({ index, type }) => index === fragment['index'] && type === fragment['type'])
    if (!begun || fragment['index'] === undefined) {
      details.push({ ...fragment })
      continue
    }
    for (const [key, value] of Object.entries(fragment)) {
      const before = begun[key]
      if (growing.has(key) && typeof before === 'string' && typeof value === 'string')
        begun[key] = before + value
      else if (value !== null && value !== undefined) begun[key] = value
    }
  }
}
