/** What one request may carry. */
export interface BatchLimits {
  readonly texts: number
  readonly tokens: number
}

/** A cautious count: vendors' tokenizers make one token of three bytes or more. */
const bytesPerToken = 3

/** The texts in groups that fit into one request each, in their order. */
export const toBatches = (texts: readonly string[], limits: BatchLimits): string[][] => {
  const encoder = new TextEncoder()
  const batches: string[][] = []
  let batch: string[] = []
  let tokens = 0
  for (const text of texts) {
    const size = Math.ceil(encoder.encode(text).length / bytesPerToken)
    if (batch.length > 0 && (batch.length >= limits.texts || tokens + size > limits.tokens)) {
      batches.push(batch)
      batch = []
      tokens = 0
    }
    batch.push(text)
    tokens += size
  }
  return batch.length > 0 ? [...batches, batch] : batches
}
