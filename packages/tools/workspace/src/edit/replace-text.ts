import { showPath, WorkspaceError } from '../workspace-error.ts'

/** One replacement of exact text. */
export interface TextReplacement {
  /** Text that occurs exactly once, unless `all`; line ends match whichever the file has. */
  readonly oldText: string
  readonly newText: string
  /** Replace every occurrence. @default false */
  readonly all?: boolean | undefined
}

/** Places where `part` starts, none inside another. */
const occurrences = (text: string, part: string): number[] => {
  const places: number[] = []
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) places.push(at)
  return places
}

/** Text with `\n` for every line end, and where each of its characters is in the original. */
class Normalised {
  readonly text: string
  readonly #removed: number[] = []
  readonly #eol: string
  constructor(original: string) {
    this.text = original.replaceAll('\r\n', '\n')
    const found = occurrences(original, '\r\n')
    // The nth one removed stands n characters further left in the normalised text.
    for (const [index, at] of found.entries()) this.#removed.push(at - index)
    this.#eol = found.length * 2 > occurrences(this.text, '\n').length ? '\r\n' : '\n'
  }
  /** The place in the original. */
  place(at: number): number {
    let [low, high] = [0, this.#removed.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#removed[middle] ?? 0) < at) low = middle + 1
      else high = middle
    }
    return at + low
  }
  /** New text with the line ends most lines have. */
  adapt(text: string): string {
    const plain = text.replaceAll('\r\n', '\n')
    return this.#eol === '\n' ? plain : plain.replaceAll('\n', '\r\n')
  }
}

const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length

/** Replaces exact text; nothing else of it changes. @throws WorkspaceError when it is not there, or there more than once */
export const replaceText = (
  original: string,
  { oldText, newText, all = false }: TextReplacement,
  path: string,
): string => {
  const fail = (message: string, code: 'no-match' | 'ambiguous'): WorkspaceError =>
    new WorkspaceError(`${showPath(path)}: ${message}`, { code, path })
  if (oldText === '') throw fail('oldText is empty. Give the text to replace.', 'no-match')
  const normalised = new Normalised(original)
  const { text } = normalised
  const old = oldText.replaceAll('\r\n', '\n')
  const places = occurrences(text, old)
  if (places.length === 0)
    throw fail(
      'oldText does not occur. Read the file again and copy the text exactly, with its spaces.',
      'no-match',
    )
  if (places.length > 1 && !all) {
    const lines = places.slice(0, 10).map((at) => lineOf(text, at))
    throw fail(
      `oldText occurs ${places.length} times (lines ${lines.join(', ')}). Add lines around it, or set all.`,
      'ambiguous',
    )
  }
  const parts: string[] = []
  let end = 0
  for (const at of places) {
    parts.push(original.slice(end, normalised.place(at)), normalised.adapt(newText))
    end = normalised.place(at + old.length)
  }
  return parts.join('') + original.slice(end)
}
