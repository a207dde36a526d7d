import type { JsonObject, Message, ModelRequest } from '@ashlar/core'
import type { FilePart } from '@ashlar/core/message'
import { encodingOf } from '@ashlar/tokens'
import { type ProviderTools, providerToolsOf } from './provider-tools.ts'
import { servedAs, type ServedAs } from './served-as.ts'

/** What of a request bears on its cost, beside its tokens. */
export interface RequestTraits {
  readonly asked: ServedAs
  /** The most tokens of one answer, where the request says. */
  readonly maxOutputTokens?: number
  /** How many answers it asks for. */
  readonly answers: number
  readonly hasAudio: boolean
  readonly hasImages: boolean
  readonly tools: ProviderTools
  /** What the model reads of which the request does not show how much: a file behind a URL, say. */
  readonly unseen?: string
  /** Bytes of its text that are not ASCII, for models whose encoding is not public; 0 for others. */
  readonly foreignBytes: (modelId: string) => number
}

/** Reads off a request what bears on its cost. */
export type TraitReader = (request: ModelRequest, provider: string) => RequestTraits

/** The names under which the providers' own options set a limit, which goes over the request's. */
const limitNames = ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'num_predict']

const limitOf = (request: ModelRequest, options: JsonObject): number | undefined => {
  const limits = [request.maxOutputTokens, ...limitNames.map((name) => options[name])]
  const given = limits.filter((limit) => typeof limit === 'number' && limit >= 0)
  return given.length > 0 ? Math.max(...given.map(Number)) : undefined
}

/** In UTF-8. */
const bytesBeyondAscii = (value: unknown): number =>
  new TextEncoder().encode((JSON.stringify(value) ?? '').replace(/\p{ASCII}+/gu, '')).length

/** Pages in compressed objects cannot be counted; nor can those of what is no PDF at all. */
const hasHiddenPages = (data: string): boolean => {
  try {
    const text = atob(data)
    return text.includes('/ObjStm') || !/\/Type\s*\/Page\b/.test(text)
  } catch {
    return true
  }
}

const isUnseen = ({ data, mediaType }: FilePart): boolean =>
  data === undefined || (mediaType === 'application/pdf' && hasHiddenPages(data))

interface MessageTraits {
  readonly hasAudio: boolean
  readonly hasImages: boolean
  readonly unseen: string | undefined
  foreignBytes?: number
}

const traitsOfMessage = ({ content }: Message): MessageTraits => {
  const parts = content.flatMap((part) => (part.type === 'tool-result' ? (part.content ?? []) : [part]))
  const files = parts.filter((part) => part.type === 'file')
  const unseen = files.find(isUnseen)
  return {
    hasAudio: files.some(({ mediaType }) => mediaType.startsWith('audio/')),
    hasImages: parts.some(({ type }) => type === 'image'),
    unseen: unseen && `the file ${unseen.name ?? unseen.url ?? unseen.mediaType}`,
  }
}

const noOptions: JsonObject = {}

/** A reader that looks at each message once, by its identity. */
export const createTraitReader = (): TraitReader => {
  const known = new WeakMap<Message, MessageTraits>()
  const read = (message: Message): MessageTraits => {
    const traits = known.get(message) ?? traitsOfMessage(message)
    known.set(message, traits)
    return traits
  }
  return (request, provider) => {
    const options = request.providerOptions?.[provider] ?? noOptions
    const maxOutputTokens = limitOf(request, options)
    const answers = options['n']
    const tools = providerToolsOf(options)
    const found = { hasAudio: false, hasImages: false, unseen: tools.unseen }
    for (const message of request.messages) {
      const { hasAudio, hasImages, unseen } = known.get(message) ?? read(message)
      found.hasAudio ||= hasAudio
      found.hasImages ||= hasImages
      found.unseen ??= unseen
    }
    const { hasAudio, hasImages, unseen } = found
    const foreignBytes = (): number => {
      const { instructions, messages, tools: specs, output } = request
      return messages.reduce(
        (sum, message) => {
          const traits = read(message)
          traits.foreignBytes ??= bytesBeyondAscii(message)
          return sum + traits.foreignBytes
        },
        bytesBeyondAscii([instructions, specs, output]),
      )
    }
    return {
      asked: servedAs(request, provider),
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
      answers: typeof answers === 'number' && answers > 1 ? Math.ceil(answers) : 1,
      hasAudio,
      hasImages,
      tools,
      ...(unseen !== undefined && { unseen }),
      foreignBytes: (modelId) => (encodingOf(modelId) ? 0 : foreignBytes()),
    }
  }
}
