/** The tokenizer encodings whose tables are public. */
export type TokenEncoding = 'o200k_base' | 'cl100k_base' | 'p50k_base' | 'r50k_base'

/**
 * Encodings by the start of a model's name, which ends there or at `-`, `:` or `@`; a key that ends in a dot
 * stands for every version after it. Source: tiktoken 0.14.0, `model.py`. Encodings that differ in special
 * tokens alone stand under the one they share a table with (gpt2, p50k_edit, o200k_harmony).
 */
const encodings: readonly (readonly [TokenEncoding, string])[] = [
  ['o200k_base', 'o1 o3 o4-mini gpt-5 gpt-5. gpt-4.5 gpt-4.1 gpt-4o chatgpt-4o gpt-oss'],
  ['cl100k_base', 'gpt-4 gpt-3.5 gpt-35-turbo davinci-002 babbage-002'],
  ['cl100k_base', 'text-embedding-ada-002 text-embedding-3-small text-embedding-3-large'],
  ['p50k_base', 'text-davinci-003 text-davinci-002 code-davinci-002 code-davinci-001 davinci-codex'],
  [
    'p50k_base',
    'code-cushman-002 code-cushman-001 cushman-codex text-davinci-edit-001 code-davinci-edit-001',
  ],
  ['r50k_base', 'text-davinci-001 text-curie-001 text-babbage-001 text-ada-001 gpt2 gpt-2'],
  ['r50k_base', 'davinci curie babbage ada text-similarity text-search code-search'],
]

const prefixes = new Map<string, TokenEncoding>(
  encodings.flatMap(([name, names]) => names.split(' ').map((prefix) => [prefix, name] as const)),
)

/**
 * The name of a model without where it is served: the last part of `a/b/c`, without `ft:`, without Bedrock's
 * `us.openai.`; in lower case.
 */
const bareName = (modelId: string): string =>
  modelId
    .trim()
    .toLowerCase()
    .replace(/^.*\//, '')
    .replace(/^(?:ft:)?(?:(?:[a-z-]+\.)?openai\.)?/, '')

const startsWith = (name: string, prefix: string): boolean =>
  name.startsWith(prefix) && (prefix.endsWith('.') || /^[-:@]?$/.test(name.charAt(prefix.length)))

/**
 * The encoding a model reads text in, by the longest known start of its name: dated ids, `provider/model`,
 * `a/b/c` and fine-tunes (`ft:gpt-4o:…`) included. `undefined` when it is not known, as for every model whose
 * vendor keeps its tokenizer to itself.
 */
export const encodingOf = (modelId: string): TokenEncoding | undefined => {
  const name = bareName(modelId)
  let longest = ''
  for (const prefix of prefixes.keys())
    if (prefix.length > longest.length && startsWith(name, prefix)) longest = prefix
  return prefixes.get(longest)
}
