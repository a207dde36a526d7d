import type { ServiceTier } from '@ashlar/catalog'
import type { JsonObject, ModelRequest } from '@ashlar/core'
import { encodingOf } from '@ashlar/tokens'

/** How a request asks to be served, where that changes the price. */
export interface ServedAs {
  readonly tier?: ServiceTier
  readonly region?: string
}

/** What of a request bears on its cost, beside its tokens. */
export interface RequestTraits {
  readonly served: ServedAs
  /** The most tokens of one answer, where the request says. */
  readonly maxOutputTokens?: number
  /** How many answers it asks for. */
  readonly answers: number
  readonly hasAudio: boolean
  readonly hasImages: boolean
  /** Bytes of its text that are not ASCII, for models whose encoding is not public; 0 for others. */
  readonly foreignBytes: (modelId: string) => number
}

const tiers: Readonly<Record<string, ServiceTier>> = { flex: 'flex', priority: 'priority', batch: 'batch' }

/**
 * The tier and the region a request asks for in its provider options (`service_tier`, `inference_geo`), so that the
 * call can be billed as it was reserved.
 */
export const servedAs = (request: ModelRequest, provider: string): ServedAs => {
  const { service_tier: asked, inference_geo: region } = request.providerOptions?.[provider] ?? {}
  const tier = typeof asked === 'string' && Object.hasOwn(tiers, asked) ? tiers[asked] : undefined
  return {
    ...(tier && { tier }),
    ...(typeof region === 'string' && region !== 'global' && { region }),
  }
}

/** The names under which the providers' own options set a limit, which goes over the request's. */
const limitNames = ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'num_predict']

const limitOf = (request: ModelRequest, options: JsonObject): number | undefined => {
  const limits = [request.maxOutputTokens, ...limitNames.map((name) => options[name])]
  const given = limits.filter((limit) => typeof limit === 'number' && limit >= 0)
  return given.length > 0 ? Math.max(...given.map(Number)) : undefined
}

/** In UTF-8. */
const bytesBeyondAscii = ({ instructions, messages, tools, output }: ModelRequest): number =>
  new TextEncoder().encode(
    JSON.stringify([instructions, messages, tools, output]).replace(/\p{ASCII}+/gu, ''),
  ).length

/** Reads off a request what bears on its cost. */
export const traitsOf = (request: ModelRequest, provider: string): RequestTraits => {
  const options = request.providerOptions?.[provider] ?? {}
  const maxOutputTokens = limitOf(request, options)
  const parts = request.messages.flatMap(({ content }) =>
    content.flatMap((part) => (part.type === 'tool-result' ? (part.content ?? []) : [part])),
  )
  const answers = options['n']
  return {
    served: servedAs(request, provider),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    answers: typeof answers === 'number' && answers > 1 ? Math.ceil(answers) : 1,
    hasAudio: parts.some((part) => part.type === 'file' && part.mediaType.startsWith('audio/')),
    hasImages: parts.some((part) => part.type === 'image'),
    foreignBytes: (modelId) => (encodingOf(modelId) ? 0 : bytesBeyondAscii(request)),
  }
}
