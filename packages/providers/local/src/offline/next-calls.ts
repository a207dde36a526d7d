import { reportOf } from './report.ts'
import type { Task, Verb } from './task.ts'
import type { FileTool, Toolbox } from './toolbox.ts'
import { listingKey, type WorkDone } from './work-done.ts'

/** A tool call to make. */
export interface PlannedCall {
  readonly name: string
  readonly input: Record<string, unknown>
}

/** Reading calls of one turn: what an agent runs at the same time. */
const callsPerTurn = 8

/** Files read for one task, so that a task fits into the steps of a run. */
export const maxFiles = 100

const maxFolders = 20

const binary =
  /\.(?:png|jpe?g|gif|webp|avif|ico|bmp|tiff?|pdf|zip|gz|tgz|bz2|xz|7z|tar|jar|exe|dll|so|dylib|bin|wasm|gguf|mp[34]|m4a|wav|ogg|flac|mov|avi|webm|woff2?|[to]tf|eot|sqlite\d?|db|class|pyc|node)$/i

const isGlob = (source: string): boolean => /[*?]|\{[^}]*,/.test(source)

const isFile = (source: string): boolean =>
  !isGlob(source) && /[^/\\.]\.[a-z\d]\w{0,8}$/i.test(source) && !source.endsWith('/')

/** Splits `docs/*.md` into the folder and the pattern in it. */
const splitGlob = (source: string): { folder: string; pattern: string } => {
  const parts = source.replace(/^\.\//, '').split('/')
  const first = parts.findIndex(isGlob)
  return { folder: parts.slice(0, first).join('/') || '.', pattern: parts.slice(first).join('/') }
}

const patternFor = ({ endings }: Task): string =>
  endings ? (endings.length > 1 ? `**/*.{${endings.join(',')}}` : `**/*.${endings.join('')}`) : '**/*'

const globMarks: Readonly<Record<string, string>> = {
  '*': '[^/]*',
  '**': '.*',
  '?': '[^/]',
  '{': '(?:',
  ',': '|',
  '}': ')',
}

/** Enough of a glob for the name of a file. */
const globToRegExp = (pattern: string): RegExp => {
  const hasChoice = /\{[^{}]*\}/.test(pattern)
  const source = pattern.replaceAll(/\*{1,2}|[?{},]|[.+^$()|[\]\\]/g, (mark) =>
    /[{},]/.test(mark) && !hasChoice ? `\\${mark}` : (globMarks[mark] ?? `\\${mark}`),
  )
  return new RegExp(`^${source}$`)
}

interface Search {
  readonly folder: string
  readonly pattern: string
}

const searchesOf = (task: Task): Search[] =>
  task.sources
    .filter((source) => !isFile(source))
    .map((source) =>
      isGlob(source)
        ? splitGlob(source)
        : { folder: source.replace(/\/+$/, '') || '.', pattern: patternFor(task) },
    )

/** A glob tool that takes no folder is given it within the pattern. */
const forTool = ({ folder, pattern }: Search, { path }: FileTool): Search =>
  path === undefined && folder !== '.'
    ? { folder: '.', pattern: `${folder}/${pattern}` }
    : { folder, pattern }

const globCall = (
  { folder, pattern }: Search,
  { name, path, pattern: key = 'pattern' }: FileTool,
): PlannedCall => ({
  name,
  input: { [key]: pattern, ...(path !== undefined && folder !== '.' && { [path]: folder }) },
})

/** Listings still to be made: by one glob where there is such a tool, else folder by folder. */
const listingCalls = (task: Task, { glob, list }: Toolbox, work: WorkDone): PlannedCall[] => {
  const searches = searchesOf(task)
  const listsOnly = task.verbs.has('list') && task.verbs.size === 1
  if (glob && !(listsOnly && list))
    return searches
      .map((search) => forTool(search, glob))
      .filter(({ folder, pattern }) => !work.listed.has(listingKey(folder, pattern)))
      .map((search) => globCall(search, glob))
  if (!list) return []
  const inner = listsOnly ? [] : [...work.folders].slice(0, maxFolders)
  const folders = new Set([...searches.map(({ folder }) => folder), ...inner])
  return [...folders]
    .filter((folder) => !work.listed.has(listingKey(folder)))
    .map((folder) => ({ name: list.name, input: list.path === undefined ? {} : { [list.path]: folder } }))
}

const plain = (path: string): string => path.replace(/^\.\//, '')

/** The files the task is about, as far as they are known. */
export const filesOf = (task: Task, work: WorkDone): string[] => {
  const searches = searchesOf(task)
  // A tool that globs has matched the folders; what a tool lists is matched by its name.
  const names = searches.map(({ pattern }) => globToRegExp(pattern.split('/').at(-1) ?? '*'))
  const found = [...work.files].filter(
    (file) => !binary.test(file) && names.some((name) => name.test(file.split('/').at(-1) ?? '')),
  )
  const perhapsFiles = searches.map(({ folder }) => folder).filter((folder) => work.notListed.has(folder))
  return [...new Set([...task.sources.filter(isFile), ...found, ...perhapsFiles])].filter(
    (file) => plain(file) !== plain(task.target ?? ''),
  )
}

const textVerbs: readonly Verb[] = ['read', 'summarise', 'write', 'count', 'keywords']

const needsTexts = ({ verbs }: Task): boolean => verbs.size === 0 || textVerbs.some((verb) => verbs.has(verb))

const searchCall = ({ needle, sources }: Task, tool: FileTool): PlannedCall => {
  const { name, pattern = 'pattern', path, literal } = tool
  const [folder] = sources
  const input: Record<string, unknown> = { [pattern]: needle }
  if (literal !== undefined) input[literal] = true
  if (path !== undefined && folder !== undefined && !isGlob(folder)) input[path] = folder
  return { name, input }
}

/** The calls to make next: list, then read, then write; none when it is time to answer. */
export const nextCalls = (task: Task, toolbox: Toolbox, work: WorkDone): PlannedCall[] => {
  const { read, write, search } = toolbox
  if (task.verbs.has('search') && task.needle !== undefined && search)
    return work.searched ? [] : [searchCall(task, search)]
  const listing = listingCalls(task, toolbox, work)
  if (listing.length > 0) return listing.slice(0, callsPerTurn)
  if (!needsTexts(task)) return []
  const unread = filesOf(task, work)
    .slice(0, maxFiles)
    .filter((file) => !work.texts.has(file) && !work.failures.has(file))
  const { path: pathKey } = read ?? {}
  if (read && pathKey !== undefined && unread.length > 0)
    return unread.slice(0, callsPerTurn).map((file) => ({ name: read.name, input: { [pathKey]: file } }))
  if (!write || !task.verbs.has('write') || work.written || work.texts.size === 0) return []
  const { path = 'path', text = 'text' } = write
  return [{ name: write.name, input: { [path]: task.target ?? 'report.md', [text]: reportOf(work) } }]
}
