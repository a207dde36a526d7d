import { lstat, readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { openFile } from './open-file.ts'
import { TextDecoding } from './text-decoding.ts'
import type { Workspace } from './workspace.ts'

/** The rules of one `.gitignore`, and the folder they are relative to. */
interface Layer {
  readonly folder: string
  /** The root below that folder, with a `/` at the end, where the folder is above the root. */
  readonly prefix?: string
  readonly rules: Ignore
}

/** The `.gitignore` files from the top of the repository down to a folder; the deepest that says something decides. */
export type IgnoreRules = readonly Layer[]

const maxBytes = 1024 * 1024

const toRules = (text: string): Ignore =>
  ignore({ ignorecase: process.platform === 'win32' || process.platform === 'darwin' }).add(text)

/** Reads the `.gitignore` in a folder; one that is missing, not text or absurdly large has no rules. */
const readLayer = async (workspace: Workspace, folder: string): Promise<Layer | undefined> => {
  const path = folder === '.' ? '.gitignore' : `${folder}/.gitignore`
  const file = await openFile(workspace, path).catch(() => undefined)
  if (!file) return undefined
  try {
    if (file.bytes > maxBytes) return undefined
    const decoding = new TextDecoding(path)
    const text = decoding.push(await file.handle.readFile()) + decoding.end()
    return { folder, rules: toRules(text) }
  } catch {
    return undefined
  } finally {
    await file.handle.close()
  }
}

/** Adds the rules of a folder to those above it. */
export const enterFolder = async (
  workspace: Workspace,
  above: IgnoreRules,
  folder: string,
): Promise<IgnoreRules> => {
  const layer = await readLayer(workspace, folder)
  return layer ? [...above, layer] : above
}

/** A file with rules that may be outside the root: it is read for them alone. */
const outerRules = async (file: string): Promise<Ignore | undefined> => {
  const stats = await lstat(file).catch(() => undefined)
  if (!stats?.isFile() || stats.size > maxBytes) return undefined
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : toRules(text)
}

/** The folder of the repository that the root is in, and its git folder, of a linked worktree the common one. */
const repositoryOf = async (root: string): Promise<{ top: string; git: string } | undefined> => {
  for (let top = root; ; top = dirname(top)) {
    const git = join(top, '.git')
    const stats = await lstat(git).catch(() => undefined)
    if (stats?.isDirectory()) return { top, git }
    if (stats?.isFile() && stats.size < 4_096) {
      const [, target = '.git'] = /^gitdir: (.+?)\s*$/.exec(await readFile(git, 'utf8')) ?? []
      const own = resolve(top, target)
      const common = await readFile(join(own, 'commondir'), 'utf8').catch(() => '.')
      return { top, git: resolve(own, common.trim()) }
    }
    if (dirname(top) === top) return undefined
  }
}

interface OuterLayer extends Layer {
  /** Folders between the top of the repository and the one it is in. */
  readonly depth: number
}

/** Whether the root itself, `below` the top of the repository, is ignored. */
const ignoresRoot = (layers: readonly OuterLayer[], below: readonly string[]): boolean =>
  below.some((_, index) => {
    for (const { depth, rules } of layers.toReversed()) {
      if (depth > index) continue
      const { ignored, unignored } = rules.test(`${below.slice(depth, index + 1).join('/')}/`)
      if (ignored || unignored) return ignored
    }
    return false
  })

/** What `info/exclude` and the `.gitignore` files above the root say of what is in it. */
const rulesOutside = async ({ root }: Workspace): Promise<IgnoreRules> => {
  const repository = await repositoryOf(root)
  if (!repository) return []
  const { top, git } = repository
  const below = relative(top, root)
    .split(sep)
    .filter((name) => name !== '')
  const files = [
    { file: join(git, 'info/exclude'), depth: 0 },
    ...below.map((_, depth) => ({ file: join(top, ...below.slice(0, depth), '.gitignore'), depth })),
  ]
  const layers: OuterLayer[] = []
  for (const { file, depth } of files) {
    const prefix = below.slice(depth).map((name) => `${name}/`)
    const rules = await outerRules(file)
    if (rules) layers.push({ folder: '.', prefix: prefix.join(''), depth, rules })
  }
  // A root that is ignored was chosen on purpose.
  return ignoresRoot(layers, below) ? [] : layers
}

/** The rules that hold in the folder above this path. */
export const rulesAbove = async (workspace: Workspace, path: string): Promise<IgnoreRules> => {
  let rules = await rulesOutside(workspace)
  if (path === '.') return rules
  const names = path.split('/')
  for (let depth = 0; depth < names.length; depth += 1)
    rules = await enterFolder(workspace, rules, names.slice(0, depth).join('/') || '.')
  return rules
}

/** True when git would ignore this path, given that it does not ignore the folder it is in. */
export const isIgnored = (rules: IgnoreRules, path: string, isFolder: boolean): boolean => {
  for (const layer of rules.toReversed()) {
    if (layer.folder !== '.' && !path.startsWith(`${layer.folder}/`)) continue
    const own = layer.folder === '.' ? `${layer.prefix ?? ''}${path}` : path.slice(layer.folder.length + 1)
    const { ignored, unignored } = layer.rules.test(isFolder ? `${own}/` : own)
    if (ignored || unignored) return ignored
  }
  return false
}
