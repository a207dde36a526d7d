import { hashedVector } from '../hashed-vector.ts'
import { created } from './dialect.ts'
import type { WireAnswer, WireDialect } from './wire-answer.ts'

type Body = Readonly<Record<string, unknown>>

const textsOf = (input: unknown): string[] => (Array.isArray(input) ? input.map(String) : [String(input)])

/** Float32 little-endian in base64: what the official client asks for unless it is told otherwise. */
const toBase64 = (vector: readonly number[]): string =>
  Buffer.from(new Float32Array(vector).buffer).toString('base64')

const vectorsOf = (request: Body, answer: WireAnswer): (readonly number[])[] => {
  const asked = request['dimensions']
  const dimensions = typeof asked === 'number' ? asked : 8
  // `prompt` is the one text of Ollama's older endpoint.
  return textsOf(request['input'] ?? request['prompt']).map(
    (text, index) => answer.vectors?.[index] ?? hashedVector(text, dimensions),
  )
}

const tokensOf = (request: Body, answer: WireAnswer): number => {
  if (answer.usage?.inputTokens !== undefined) return answer.usage.inputTokens
  let tokens = 0
  for (const text of textsOf(request['input'] ?? request['prompt'])) tokens += Math.ceil(text.length / 4)
  return tokens
}

/** Vectors, as OpenAI or Ollama answer them. */
export const embedBody = (dialect: WireDialect, request: Body, answer: WireAnswer): object => {
  const model = answer.model ?? request['model']
  const vectors = vectorsOf(request, answer)
  const tokens = tokensOf(request, answer)
  if (dialect === 'ollama' && request['prompt'] !== undefined) return { embedding: vectors[0] }
  if (dialect === 'ollama')
    return { model, embeddings: vectors, total_duration: 1000, load_duration: 100, prompt_eval_count: tokens }
  const data = vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: request['encoding_format'] === 'base64' ? toBase64(vector) : vector,
  }))
  if (answer.shuffled) data.reverse()
  return { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } }
}

/** Anthropic's `count_tokens`, or OpenAI's `input_tokens`. */
export const countTokensBody = (dialect: WireDialect, answer: WireAnswer): object => ({
  ...(dialect === 'openai-responses' && { object: 'response.input_tokens' }),
  input_tokens: answer.usage?.inputTokens ?? 10,
})

/** The list of models, or one of them. */
export const modelsBody = (dialect: WireDialect, path: string, ids: readonly string[]): object => {
  if (path.endsWith('/api/version')) return { version: '0.0.0' }
  const createdAt = new Date(created * 1000).toISOString()
  if (dialect === 'ollama')
    return {
      models: ids.map((name) => ({ name, model: name, modified_at: createdAt, size: 1, digest: name })),
    }
  const models = ids.map((id) =>
    dialect === 'anthropic'
      ? { type: 'model', id, display_name: id, created_at: createdAt }
      : { id, object: 'model', created, owned_by: 'ashlar' },
  )
  const wanted = decodeURIComponent(/\/models\/([^/]+)$/.exec(path)?.[1] ?? '')
  if (wanted) return models.find(({ id }) => id === wanted) ?? { ...models[0], id: wanted }
  if (dialect === 'anthropic')
    return { data: models, has_more: false, first_id: ids.at(0) ?? null, last_id: ids.at(-1) ?? null }
  return { object: 'list', data: models }
}
