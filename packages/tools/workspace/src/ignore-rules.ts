import ignore, { type Ignore } from 'ignore'
import { openFile } from './open-file.ts'
import { TextDecoding } from './text-decoding.ts'
import type { Workspace } from './workspace.ts'

/** The rules of one `.gitignore`, and the folder they are relative to. */
interface Layer {
  readonly folder: string
  readonly rules: Ignore
}

/** The `.gitignore` files from the root down to a folder; the deepest that says something decides. */
export type IgnoreRules = readonly Layer[]

const maxBytes = 1024 * 1024

/** Reads the `.gitignore` in a folder; one that is missing, not text or absurdly large has no rules. */
const readLayer = async (workspace: Workspace, folder: string): Promise<Layer | undefined> => {
  const path = folder === '.' ? '.gitignore' : `${folder}/.gitignore`
  const file = await openFile(workspace, path).catch(() => undefined)
  if (!file) return undefined
  try {
    if (file.bytes > maxBytes) return undefined
    const decoding = new TextDecoding(path)
    const text = decoding.push(await file.handle.readFile()) + decoding.end()
    const caseless = process.platform === 'win32' || process.platform === 'darwin'
    return { folder, rules: ignore({ ignorecase: caseless }).add(text) }
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

/** The rules that hold in the folder above this path. */
export const rulesAbove = async (workspace: Workspace, path: string): Promise<IgnoreRules> => {
  if (path === '.') return []
  const names = path.split('/')
  let rules: IgnoreRules = []
  for (let depth = 0; depth < names.length; depth += 1)
    rules = await enterFolder(workspace, rules, names.slice(0, depth).join('/') || '.')
  return rules
}

/** True when git would ignore this path, given that it does not ignore the folder it is in. */
export const isIgnored = (rules: IgnoreRules, path: string, isFolder: boolean): boolean => {
  for (const layer of rules.toReversed()) {
    const relative = layer.folder === '.' ? path : path.slice(layer.folder.length + 1)
    const { ignored, unignored } = layer.rules.test(isFolder ? `${relative}/` : relative)
    if (ignored || unignored) return ignored
  }
  return false
}
