import type { FilePart } from '@ashlar/core/message'

/** What a file adds to a request: text to be counted as such, and tokens of its own. */
export interface FileTokens {
  readonly text?: string
  readonly tokens: number
}

/** Anthropic's guide "PDF support": 1,500 to 3,000 tokens of text a page, beside its image. */
const tokensPerPage = 3000 + 1600
/** Bytes of a PDF page when the pages cannot be counted. */
const bytesPerPage = 50_000
/** OpenAI counts 10 tokens for a second of audio; a second is 16 kB at 128 kbit/s. */
const audioBytesPerToken = 1600

const byteLength = (base64: string): number =>
  (base64.length / 4) * 3 - (base64.match(/=*$/)?.[0].length ?? 0)

const pagesOf = (data: string): number => {
  const counted = atob(data).match(/\/Type\s*\/Page\b/g)?.length ?? 0
  return counted > 0 ? counted : Math.ceil(byteLength(data) / bytesPerPage)
}

const decodeText = (data: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(data), (char) => char.charCodeAt(0)))

/** Always an estimate, and a single page where only a URL is known. Data that is not base64 is counted by length. */
export const fileTokens = ({ data, mediaType }: FilePart): FileTokens => {
  if (data === undefined) return { tokens: tokensPerPage }
  try {
    if (mediaType.startsWith('text/') || mediaType === 'application/json')
      return { text: decodeText(data), tokens: 0 }
    if (mediaType === 'application/pdf') return { tokens: pagesOf(data) * tokensPerPage }
  } catch {
    return { tokens: Math.ceil(data.length / 4) }
  }
  return { tokens: Math.ceil(byteLength(data) / audioBytesPerToken) }
}
