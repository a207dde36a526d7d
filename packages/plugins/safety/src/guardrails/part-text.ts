import type { UserPart } from '@ashlar/core'

/** Files that can be read as text; in others nothing is looked for. */
const isText = (mediaType: string = ''): boolean =>
  /^text\/|[/+](?:json|ndjson|jsonl|xml|ya?ml|toml|javascript|typescript|sql|x-sh)\b/i.test(mediaType)

const dataUrl = /^data:([^,]*?)(;base64)?,(.*)$/is

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** What a part says: its text, or the contents of a file of text; `undefined` of images, addresses and other files. */
export const textOf = (part: UserPart): string | undefined => {
  if (part.type === 'text') return part.text
  if (part.data !== undefined)
    return isText(part.mediaType) ? Buffer.from(part.data, 'base64').toString() : undefined
  const [, mediaType = '', base64, body = ''] = dataUrl.exec(part.url ?? '') ?? []
  if (!isText(mediaType || part.mediaType)) return undefined
  return base64 === undefined ? decoded(body) : Buffer.from(body, 'base64').toString()
}

/** The part with another text in it; for those that `textOf` can read. */
export const withTextOf = (part: UserPart, text: string): UserPart => {
  if (part.type === 'text') return { ...part, text }
  const data = Buffer.from(text).toString('base64')
  if (part.data !== undefined) return { ...part, data }
  const [, mediaType = ''] = dataUrl.exec(part.url ?? '') ?? []
  return { ...part, url: `data:${mediaType};base64,${data}` }
}
