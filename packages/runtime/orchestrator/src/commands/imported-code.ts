import { readFile } from 'node:fs/promises'
import { createRequire, isBuiltin, stripTypeScriptTypes } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isObject } from '@ashlar/core'
import { init, parse } from 'es-module-lexer'

/** What a file imports. */
export interface ImportedCode {
  /** Absolute paths; perhaps of what there is not. */
  readonly files: readonly string[]
  /** `name@version` as installed, else the name. */
  readonly packages: readonly string[]
}

const typeScript: ReadonlySet<string> = new Set(['.ts', '.mts'])
const script: ReadonlySet<string> = new Set(['.js', '.mjs', ...typeScript])

/** What is imported by name: static imports that are no types, `export … from`, and `import('…')` of a literal. */
const specifiersIn = async (path: string, content: string): Promise<string[]> => {
  await init
  try {
    const [imports] = parse(typeScript.has(extname(path)) ? stripTypeScriptTypes(content) : content)
    return imports.flatMap(({ n }) => n ?? [])
  } catch {
    // It counts by its bytes, as nobody can run it either.
    return []
  }
}

/** Those of the folder and of each above it. */
const foldersOver = (folder: string): string[] => {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...foldersOver(above)]
}

const versionIn = (json: string): string => {
  try {
    const found: unknown = JSON.parse(json)
    return isObject(found) && typeof found['version'] === 'string' ? `@${found['version']}` : ''
  } catch {
    return ''
  }
}

const packageOf = async (specifier: string, folder: string): Promise<string> => {
  const [scope = '', rest = ''] = specifier.split('/')
  const name = specifier.startsWith('@') ? `${scope}/${rest}` : scope
  for (const over of foldersOver(folder)) {
    const json = await readFile(join(over, 'node_modules', name, 'package.json'), 'utf8').catch(
      () => undefined,
    )
    if (json !== undefined) return `${name}${versionIn(json)}`
  }
  return name
}

const fileOf = (specifier: string, path: string): string | undefined => {
  try {
    if (specifier.startsWith('#')) return createRequire(path).resolve(specifier)
    const isPath = /^(?:\.{0,2}\/|file:)/.test(specifier)
    return isPath ? fileURLToPath(new URL(specifier, pathToFileURL(path))) : undefined
  } catch {
    // Nobody can import it.
    return undefined
  }
}

/**
 * What a script imports; nothing of any other file, of what lies in `node_modules`, and of what cannot be parsed.
 * `require()` and names that are put together are not seen; `#imports` with conditions are taken as `require` does.
 */
export const importedCode = async (path: string, content: string): Promise<ImportedCode> => {
  const files: string[] = []
  const packages: string[] = []
  const isOwn = script.has(extname(path)) && !/[/\\]node_modules[/\\]/.test(path)
  for (const specifier of isOwn ? await specifiersIn(path, content) : []) {
    const file = fileOf(specifier, path)
    if (file !== undefined) files.push(file)
    else if (/^[^.#/]/.test(specifier) && !isBuiltin(specifier) && !/^\w+:/.test(specifier))
      packages.push(await packageOf(specifier, dirname(path)))
  }
  return { files, packages }
}
