import { suggestionFor } from './nearest-word.ts'
import { splitCommand } from './split-command.ts'

/** What stands for a value that is looked up when it is needed. */
export type Reference =
  | { readonly kind: 'env'; readonly name: string; readonly fallback?: string }
  | { readonly kind: 'command'; readonly argv: readonly string[] }

/** A text with references in it, in order. */
export type Template = readonly (string | Reference)[]

/** A text that is no template; `offset` says where. */
export interface TemplateProblem {
  readonly problem: string
  readonly offset: number
}

const kinds = ['env', 'command'] as const

/** The offset of the `}` that ends what starts at `start`; `\}` does not. */
const endOf = (text: string, start: number): number => {
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '}') return at
  }
  return -1
}

const toReference = (body: string): Reference | string => {
  const [, kind = '', raw = ''] = /^([A-Za-z]+):([\s\S]*)$/.exec(body) ?? []
  if (kind === '') return `expected \${env:NAME} or \${command:…}; write $\${ for the text \${`
  const rest = raw.replaceAll(/\\([\\}])/g, '$1')
  if (kind === 'env') {
    const [, name, fallback] = /^([A-Za-z_]\w*)(?::-([\s\S]*))?$/.exec(rest) ?? []
    if (name === undefined) return 'expected the name of a variable after ${env:'
    return { kind, name, ...(fallback !== undefined && { fallback }) }
  }
  if (kind === 'command') {
    const argv = splitCommand(rest)
    return argv.length > 0 && argv[0] !== ''
      ? { kind, argv }
      : 'expected a program and its arguments after ${command:'
  }
  return `unknown kind of reference${suggestionFor(kind, kinds)}`
}

/** `${env:NAME}`, `${env:NAME:-instead}` and `${command:program 'an argument'}` in a text; `$${` is the text `${`. */
export const parseTemplate = (text: string): Template | TemplateProblem => {
  const parts: (string | Reference)[] = []
  let literal = ''
  let at = 0
  while (at < text.length) {
    if (text.startsWith('$${', at)) {
      literal += '${'
      at += 3
    } else if (text.startsWith('${', at)) {
      const end = endOf(text, at + 2)
      if (end < 0) return { problem: 'expected } after ${; write $${ for the text ${', offset: at }
      const reference = toReference(text.slice(at + 2, end))
      if (typeof reference === 'string') return { problem: reference, offset: at }
      if (literal !== '') parts.push(literal)
      literal = ''
      parts.push(reference)
      at = end + 1
    } else literal += text[at++]
  }
  if (literal !== '') parts.push(literal)
  return parts
}

/** True for a text with a reference, or with the escape of one. */
export const isTemplate = (text: string): boolean => text.includes('${')

/** The references of a text; none when it is no template. */
export const referencesOf = (text: string): Reference[] => {
  const template = isTemplate(text) ? parseTemplate(text) : []
  return 'problem' in template ? [] : template.filter((part) => typeof part !== 'string')
}
