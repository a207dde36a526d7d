import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** How a configuration file may end. */
export const extensions = ['ts', 'mts', 'js', 'mjs', 'json', 'jsonc', 'yaml', 'yml'] as const

/** True for files that are run to be read. */
export const isExecutable = (file: string): boolean => /\.m?[tj]s$/.test(file)

/** Where a user's own files are: `$XDG_CONFIG_HOME/<name>`, `%APPDATA%\<name>`, or `~/.config/<name>`. */
export const userFolderOf = (name: string, env: Readonly<Record<string, string | undefined>>): string => {
  const { XDG_CONFIG_HOME: xdg, APPDATA: appData, HOME: home } = env
  if (xdg !== undefined && xdg !== '') return join(xdg, name)
  if (process.platform === 'win32' && appData !== undefined) return join(appData, name)
  return join(home !== undefined && home !== '' ? home : homedir(), '.config', name)
}

const exists = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** The files of this name in a folder, whatever they end in. */
export const filesIn = async (folder: string, name: string): Promise<string[]> => {
  const files = extensions.map((extension) => join(folder, `${name}.${extension}`))
  const there = await Promise.all(files.map(exists))
  return files.filter((_, index) => there[index])
}

/**
 * The folders that a project's file may be in, the nearest first: from `cwd` up to the one with `.git`. Outside of a
 * repository only `cwd`, so that no file in a shared folder above is taken.
 */
export const projectFolders = async (cwd: string): Promise<string[]> => {
  const folders: string[] = []
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    folders.push(folder)
    if (await exists(join(folder, '.git'))) return folders
    if (dirname(folder) === folder) return folders.slice(0, 1)
  }
}
