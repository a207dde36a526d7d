import type { ConfigIssue } from './config-error.ts'
import type { ConfigNode } from './config-tree.ts'
import type { LayerName, Origin } from './origin.ts'

/** A file that is being read. */
export interface TextSource {
  readonly text: string
  readonly layer: LayerName
  readonly file: string
  /** Where problems are put. */
  readonly issues: ConfigIssue[]
}

/** Makes a tree of a text; `undefined`, with issues, when it cannot. */
export type ParseText = (source: TextSource) => ConfigNode | undefined

/** Most issues of syntax told of one file: what comes after follows from them. */
export const mostSyntaxIssues = 20

/** Offsets as lines and columns. `\n`, `\r\n` and a lone `\r` end a line. */
export const createLocator = ({
  text,
  layer,
  file,
}: Pick<TextSource, 'text' | 'layer' | 'file'>): ((offset: number) => Origin) => {
  const starts = [0]
  for (const { index, 0: end } of text.matchAll(/\r\n|\n|\r/g)) starts.push(index + end.length)
  return (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { layer, file, line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}
