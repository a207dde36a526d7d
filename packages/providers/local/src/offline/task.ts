import type { ModelRequest } from '@ashlar/core'
import { namedPathsIn, quotedIn } from './named-paths.ts'

/** What a sentence can ask for. */
export type Verb = 'list' | 'read' | 'summarise' | 'write' | 'count' | 'search' | 'keywords'

/** What is wanted, as far as rules can tell. */
export interface Task {
  /** The last thing the user said. */
  readonly prompt: string
  /** As much of the prompt as can be the request: a long one is mostly material. */
  readonly asked: string
  readonly verbs: ReadonlySet<Verb>
  /** Files, folders and globs to work on. */
  readonly sources: readonly string[]
  /** The file to write to. */
  readonly target?: string
  /** Endings of the files meant by "Markdown files"; absent: any text. */
  readonly endings?: readonly string[]
  /** What to search for. */
  readonly needle?: string
}

const verbs: readonly (readonly [Verb, RegExp])[] = [
  ['list', /\b(?:list|show|enumerate|which files|what files|find (?:all|every|the)\b.*\bfiles)\b/i],
  ['read', /\b(?:read|open|load|go through|process)\b/i],
  [
    'summarise',
    /\b(?:summar(?:y|ies|i[sz]e[sd]?|i[sz]ing)|analy(?:s[ei]s?|[sz]ed?|[sz]ing)|review|describe|explain|digest|tl;?dr)\b/i,
  ],
  ['write', /\b(?:write|save|store|create|produce|generate|output)\b/i],
  ['count', /\b(?:count|how many|number of|statistics)\b/i],
  ['search', /\b(?:find|search|grep|look for|occurrences|where is|mentions?)\b/i],
  ['keywords', /\b(?:keywords?|topics?|tags?)\b/i],
]

const endings: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\bmarkdown\b|\.md files\b/i, ['md', 'markdown', 'mdx']],
  [/\b(?:typescript|ts) files?\b/i, ['ts', 'tsx', 'mts', 'cts']],
  [/\b(?:javascript|js) files?\b/i, ['js', 'jsx', 'mjs', 'cjs']],
  [/\bpython files?\b/i, ['py']],
  [/\bjson files?\b/i, ['json', 'jsonl']],
  [/\bcsv files?\b/i, ['csv', 'tsv']],
  [/\blog files?\b|\blogs\b/i, ['log']],
  [/\.txt files\b/i, ['txt']],
]

/** What stands before the name of a file that is to be written. */
const beforeTarget = [
  /\b(?:write|save|store|create|produce|generate|output|put|report|summary)\b[^;\n]*?\b(?:to|into|as|called|named)\s+(?:the\s+)?(?:file\s+)?["'`“]?$/i,
  /\b(?:write|save|create|produce|generate)\s+(?:the\s+|a\s+)?(?:file\s+)?["'`“]?$/i,
  /\b(?:report|output|target)(?:\s+(?:file|path))?\s*[:=]\s*["'`“]?$/i,
  /\b(?:write|save|store|put)\b[^;\n]*?\b(?:in|at)\s+(?:the\s+)?(?:file\s+)?["'`“]?$/i,
]

const targetIn = (text: string): string | undefined => {
  const files = namedPathsIn(text)
    .filter(({ path }) => /\.[a-z]\w*$/i.test(path) && !path.includes('*'))
    .slice(0, 20)
  for (const pattern of beforeTarget) {
    const file = files.find(({ at }) => pattern.test(text.slice(0, at)))
    if (file) return file.path
  }
  return undefined
}

/** What is asked stands at the ends of a prompt. */
const askedIn = (text: string): string =>
  text.length > 2_000 ? `${text.slice(0, 1_500)}\n${text.slice(-400)}` : text

const verbsIn = (text: string): Set<Verb> =>
  new Set(verbs.filter(([, pattern]) => pattern.test(text)).map(([verb]) => verb))

/** The text of the last user message. */
const promptOf = ({ messages }: Pick<ModelRequest, 'messages'>): string => {
  const last = messages.findLast(({ role }) => role === 'user')
  return last?.role === 'user'
    ? last.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
    : ''
}

/** A word that only sets off what the instructions say. */
const starter = /^\s*(?:go|go on|start|run|begin|continue|do it)?\s*[.!]?\s*$/i

/** Reads the task off the last user message, and off the instructions where that message leaves something open. */
export const taskOf = (request: Pick<ModelRequest, 'messages' | 'instructions'>): Task => {
  const prompt = promptOf(request)
  const asked = askedIn(prompt)
  const told = askedIn(request.instructions ?? '')
  const own = verbsIn(asked)
  const named = namedPathsIn(asked)
  if (own.size === 0 && named.length === 0 && !starter.test(asked))
    return { prompt, asked, verbs: own, sources: [] }
  const target = targetIn(asked) ?? targetIn(told)
  const wanted = own.size > 0 ? own : verbsIn(told)
  if (targetIn(asked) !== undefined) wanted.add('write')
  const paths = (named.length > 0 ? named : namedPathsIn(told)).map(({ path }) => path)
  const sources = paths.filter((path) => path !== target)
  const anyFiles = sources.length === 0 && /\bfiles\b/i.test(asked)
  const kind = endings.find(([pattern]) => pattern.test(asked))?.[1]
  const needle = quotedIn(asked).find(({ text }) => !paths.includes(text))?.text
  return {
    prompt,
    asked,
    verbs: wanted,
    sources: anyFiles ? ['.'] : sources,
    ...(wanted.has('write') && target !== undefined && { target }),
    ...(kind && { endings: kind }),
    ...(needle !== undefined && { needle }),
  }
}
