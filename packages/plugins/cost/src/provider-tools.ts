import { isObject, type JsonObject } from '@ashlar/core'

/** What the provider does by itself while it answers, as far as the provider options of a request say. */
export interface ProviderTools {
  /** Searches of the web at most, each of which has a price. */
  readonly searches: number
  /** How often the model is asked again at most with what a tool brought. */
  readonly uses: number
  /** The most tokens the options themselves are read as. */
  readonly tokens: number
  /** What has no price. */
  readonly unknown?: string
  /** The tool that is not limited in how often it is used. */
  readonly unlimited?: string
  /** What the model is given that the request does not show. */
  readonly unseen?: string
}

/** They run here, or cost nothing beyond their tokens. */
const free = /^(?:function|custom|bash|text_editor|computer|memory|local_shell|apply_patch|tool_search)/
/** What vendors put before the model for a tool of theirs (Anthropic's pricing page: at most 1,400 for computer use). */
const tokensPerTool = 2500
/** A tier, a name, an id; what is longer may be read by the model. */
const shortText = 64

/** Options whose doings have prices no answer counts. */
const unpriced = ['web_search_options', 'search_parameters', 'plugins', 'mcp_servers', 'container']
/** Options by which the vendor puts more before the model. */
const stored = ['previous_response_id', 'conversation', 'prompt']

const encoder = new TextEncoder()
const isGiven = (value: unknown): boolean => value !== undefined && value !== null

const textTokens = (options: JsonObject): number =>
  Object.values(options).reduce<number>((sum, value) => {
    const isRead = typeof value === 'string' ? value.length > shortText : typeof value === 'object'
    return isRead && value !== null ? sum + encoder.encode(JSON.stringify(value)).length : sum
  }, 0)

const limitOf = (tool: Readonly<Record<string, unknown>>, options: JsonObject): number | undefined => {
  const limits = [tool['max_uses'], options['max_tool_calls']].filter(
    (limit) => typeof limit === 'number' && limit >= 0,
  )
  return limits.length > 0 ? Math.min(...limits.map(Number)) : undefined
}

/** Reads the provider options of a request for what the provider does by itself. */
export const providerToolsOf = (options: JsonObject): ProviderTools => {
  let [searches, uses, tokens] = [0, 0, textTokens(options)]
  const doing = unpriced.find((name) => isGiven(options[name]))
  let unlimited: string | undefined
  let unknown = doing && `its price of ${doing}`
  for (const tool of Array.isArray(options['tools']) ? options['tools'] : []) {
    if (!isObject(tool)) continue
    const type = typeof tool['type'] === 'string' ? tool['type'] : 'custom'
    if (type !== 'function' && type !== 'custom') tokens += tokensPerTool
    if (free.test(type)) continue
    const limit = limitOf(tool, options)
    if (!/^web_(?:search|fetch)/.test(type)) unknown ??= `its price of the tool ${type}`
    else if (limit === undefined) unlimited ??= type
    else {
      uses += limit
      if (type.startsWith('web_search')) searches += limit
    }
  }
  const seen = stored.find((name) => isGiven(options[name]))
  return {
    searches,
    uses,
    tokens,
    ...(unknown && { unknown }),
    ...(unlimited && { unlimited }),
    ...(seen && { unseen: seen }),
  }
}
