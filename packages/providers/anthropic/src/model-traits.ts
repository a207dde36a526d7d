/** What the Messages API takes from a model, which changes by generation. */
export interface ModelTraits {
  /** The most `max_tokens` may be. */
  readonly maxOutputTokens: number
  /** How it can be told to think: by a budget of tokens, by an effort, or by either. */
  readonly thinking: 'budget' | 'effort' | 'either'
  /** What `thinking.type` turns thinking off; undefined when nothing does. */
  readonly noThinking: 'disabled' | 'between_tools' | undefined
  /** When it can be made to call a tool. */
  readonly forcedTools: 'always' | 'unless-thinking' | 'never'
  /** Whether it takes `temperature` and `top_p`, both or one of them. */
  readonly sampling: 'both' | 'one' | 'none'
}

// Dots as gateways write them, dashes as Anthropic does; the date after a version is not its minor.
const named = /claude-(?:(opus|sonnet|haiku|fable|mythos)-)?(\d+)(?:[-.](\d{1,2}))?(?!\d)/

/** A compatible server's own model: nothing is known, so nothing is refused. */
const foreign: ModelTraits = {
  maxOutputTokens: 8192,
  thinking: 'either',
  noThinking: 'disabled',
  forcedTools: 'always',
  sampling: 'both',
}

/** A Claude whose generation cannot be read off its name: what every current one takes. */
const unversioned: ModelTraits = {
  maxOutputTokens: 64_000,
  thinking: 'effort',
  noThinking: 'disabled',
  forcedTools: 'unless-thinking',
  sampling: 'none',
}

const maxOutputOf = (family: string | undefined, version: number): number => {
  if (version >= 407 || (family === 'opus' && version === 406)) return 128_000
  if (version >= 405) return 64_000
  return version >= 400 ? 32_000 : 8192
}

const noThinkingOf = (family: string | undefined, version: number): ModelTraits['noThinking'] => {
  if (family === 'fable' || family === 'mythos' || (family === 'opus' && version >= 505)) return undefined
  return family === 'sonnet' && version >= 505 ? 'between_tools' : 'disabled'
}

const forcesTools = (family: string | undefined, version: number): boolean => {
  if (family === 'fable' || family === 'mythos') return version < 501
  return family === 'haiku' || version < 505
}

/**
 * The traits of a model by its id, which may also be Bedrock's, Vertex's or a gateway's spelling of it.
 * Sources (November 2026): the models overview, "Troubleshooting thinking", "What's new" of each model
 * and "Migrating to API version 2026-10-21" on platform.claude.com.
 */
export const traitsOf = (modelId: string): ModelTraits => {
  const match = named.exec(modelId)
  if (!match) return modelId.includes('claude') ? unversioned : foreign
  const [, family, major, minor = '0'] = match
  const version = Number(major) * 100 + Number(minor)
  return {
    maxOutputTokens: maxOutputOf(family, version),
    thinking: version < 406 ? 'budget' : version === 406 ? 'either' : 'effort',
    noThinking: noThinkingOf(family, version),
    forcedTools: forcesTools(family, version) ? 'unless-thinking' : 'never',
    sampling: version <= 406 ? 'one' : 'none',
  }
}
