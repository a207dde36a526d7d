import type { ModelErrorKind } from '@ashlar/core'
import type { WireDialect } from './wire-answer.ts'

const kinds: Readonly<Record<number, ModelErrorKind>> = {
  401: 'auth',
  403: 'auth',
  408: 'timeout',
  429: 'rate-limit',
  504: 'timeout',
}

/** What an HTTP status means when the script does not say. */
export const kindOfStatus = (status: number): ModelErrorKind =>
  kinds[status] ?? (status >= 500 ? 'overloaded' : 'bad-request')

const messages: Readonly<Record<ModelErrorKind, string>> = {
  auth: 'Incorrect API key provided.',
  'rate-limit': 'Rate limit reached for requests.',
  overloaded: 'Overloaded',
  network: 'Internal server error',
  timeout: 'Request timed out.',
  'context-overflow': 'The input is too long.',
  content: 'Your prompt was flagged as potentially violating our usage policy.',
  'bad-request': 'The request is malformed.',
}

/** The vendors' own words for an input that is too long; clients have nothing else to tell it by. */
const tooLong: Readonly<Record<string, string>> = {
  'openai-chat':
    "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens. " +
    'Please reduce the length of the messages.',
  'openai-responses':
    'Your input exceeds the context window of this model. Please adjust your input and try again.',
  anthropic: 'prompt is too long: 208310 tokens > 200000 maximum',
  ollama: 'the input length exceeds the context length',
}

/** The vendors' own words for a model that is not there, the one 404 that a known path answers. */
const notFound: Readonly<Record<string, (model: string) => string>> = {
  'openai-chat': (model) => `The model \`${model}\` does not exist or you do not have access to it.`,
  'openai-responses': (model) => `The model \`${model}\` does not exist or you do not have access to it.`,
  anthropic: (model) => `model: ${model}`,
  ollama: (model) => `model '${model}' not found`,
}

/** What the vendor says about a failure of that kind. */
export const messageOf = (
  kind: ModelErrorKind,
  { dialect, status, model }: { readonly dialect: string; readonly status: number; readonly model: string },
): string => {
  if (kind === 'context-overflow') return tooLong[dialect] ?? messages[kind]
  return (status === 404 && notFound[dialect]?.(model)) || messages[kind]
}

/** The vendors' own words for a body that does not parse. */
export const notJson: Readonly<Record<WireDialect, string>> = {
  'openai-chat': 'We could not parse the JSON body of your request.',
  'openai-responses': 'We could not parse the JSON body of your request.',
  anthropic: 'The request body is not valid JSON.',
  ollama: 'invalid character looking for beginning of value',
}
