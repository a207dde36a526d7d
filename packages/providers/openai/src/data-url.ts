import type { FilePart, ImagePart } from '@ashlar/core/message'

/** The `url` of an image or file, or its data as a `data:` URL; undefined when it has neither. */
export const toUrl = (part: ImagePart | FilePart): string | undefined =>
  part.url ?? (part.data === undefined ? undefined : toDataUrl(part.mediaType ?? 'image/png', part.data))

export const toDataUrl = (mediaType: string, data: string): string => `data:${mediaType};base64,${data}`
