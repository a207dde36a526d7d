import { InvalidArgument } from '@ashlar/core'
import type { FilePart, ImagePart } from '@ashlar/core/message'

/** The `url` of an image or file, or its data as a `data:` URL. @throws InvalidArgument when it has neither */
export const toUrl = (part: ImagePart | FilePart): string => {
  if (part.url !== undefined) return part.url
  if (part.data !== undefined) return toDataUrl(part.mediaType ?? 'image/png', part.data)
  throw new InvalidArgument(`${part.type} part`, 'base64 data or a url', 'neither')
}

export const toDataUrl = (mediaType: string, data: string): string => `data:${mediaType};base64,${data}`
