/** A path found in a sentence. */
export interface NamedPath {
  readonly path: string
  /** Where it begins in the text. */
  readonly at: number
}

/** Things with a dot or a slash that are no files. */
const noPath = new Set(
  'e.g i.e a.m p.m etc and/or he/she his/her yes/no input/output read/write node.js next.js vue.js n/a w/o 24/7'.split(
    ' ',
  ),
)

const looksLikePath = (token: string): boolean =>
  !noPath.has(token.toLowerCase()) &&
  !/^[a-z]+:\/\//i.test(token) &&
  !/^[\d.,/:]+$/.test(token) &&
  (/[/\\]/.test(token) ||
    /[\w)\]}]\.[A-Za-z][A-Za-z0-9]{0,8}$/.test(token) ||
    /\*/.test(token) ||
    /^\.{1,2}$/.test(token))

/** Text in quotes of any kind, with the place of what is inside. */
export const quotedIn = (text: string): { readonly text: string; readonly at: number }[] =>
  [
    ...text.matchAll(
      /"([^"\n]{1,300})"|`([^`\n]{1,300})`|“([^”\n]{1,300})”|(?<![\p{L}\d])'([^'\n]{1,300})'(?!\p{L})/gu,
    ),
  ].map((match) => ({ text: match[1] ?? match[2] ?? match[3] ?? match[4] ?? '', at: match.index + 1 }))

const notFolders =
  /^(?:folders?|director(?:y|ies)|files?|the|this|that|these|those|a|an|it|its|each|every|all|my|your|our|there|here|detail|order|english|markdown|json|one|two|question)$/i

/** `the docs folder`, `folder docs`, `files in docs`: a folder by a bare name. */
const bareFolders = [
  /\b(?:folder|directory)\s+(?:called\s+|named\s+)?([\p{L}\d._-]+)/giu,
  /\b(?:the|of|in|from|under)\s+([\p{L}\d._-]+)\s+(?:folder|directory)\b/giu,
  /\bfiles?\s+(?:in|from|under|inside|of)\s+([\p{L}\d._-]+)/giu,
  /\b(?:find|search|grep)\b[^.\n]*\b(?:in|under|inside)\s+([\p{L}\d._-]+)/giu,
]

const hereWords = /\b(?:this|the current|the working)\s+(?:folder|directory)\b|\bfiles?\s+here\b/i

const trimmed = (token: string): string => token.replace(/^[([{<]+/, '').replace(/[.,;:!?)\]}>'"]+$/, '')

/** Every file, folder and glob a text names, in its order and once each. */
export const namedPathsIn = (text: string): NamedPath[] => {
  const found: NamedPath[] = []
  let unquoted = text
  for (const quoted of quotedIn(text)) {
    if (!looksLikePath(quoted.text)) continue
    found.push({ path: quoted.text, at: quoted.at })
    unquoted =
      unquoted.slice(0, quoted.at) +
      ' '.repeat(quoted.text.length) +
      unquoted.slice(quoted.at + quoted.text.length)
  }
  for (const match of unquoted.matchAll(/[^\s"“”`]+/g)) {
    const token = match[0].replace(/^[([{<']+/, '')
    const path = /^\.{1,2}\/?$/.test(token) ? token : trimmed(token)
    if (looksLikePath(path)) found.push({ path, at: match.index + match[0].indexOf(path) })
  }
  for (const pattern of bareFolders)
    for (const match of unquoted.matchAll(pattern)) {
      const path = trimmed(match[1] ?? '')
      if (path !== '' && !notFolders.test(path))
        found.push({ path, at: match.index + match[0].indexOf(path) })
    }
  const here = hereWords.exec(text)
  if (here) found.push({ path: '.', at: here.index })
  const once = new Map<string, NamedPath>()
  for (const named of found.toSorted((a, b) => a.at - b.at))
    if (!once.has(named.path)) once.set(named.path, named)
  return [...once.values()]
}
