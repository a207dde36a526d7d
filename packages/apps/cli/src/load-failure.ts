import { execFile } from 'node:child_process'
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isObject } from '@ashlar/core'

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? ''

/** The file, line and column that Node shows above an error, with the line and a caret: `agents/a.ts:2:19`. */
const placeIn = (report: string, cwd: string): string | undefined => {
  const [, file = '', line, indent] = /^(.+):(\d+)\n(?:.*\n){1,5}?([ \t]*)\^/.exec(report) ?? []
  if (indent === undefined) return undefined
  const path = file.startsWith('file:') ? fileURLToPath(file) : file
  return `${relative(cwd, path)}:${line}:${indent.length + 1}`
}

/** What Node says about a file that it only parses. It keeps to itself where an `import` of the file failed. */
const parsed = (path: string): Promise<string> =>
  new Promise((resolve) => {
    const { NODE_OPTIONS: _, ...env } = process.env
    execFile(process.execPath, ['--check', path], { env, timeout: 5_000 }, (_error, _out, err) =>
      resolve(err),
    )
  })

/** The message without files of this program, and with those of the user as they see them. */
const withoutOwnPaths = (message: string, cwd: string): string => {
  const [, before, importer] = /^(.*) imported from (.+)$/.exec(message) ?? []
  const seen = (text: string): string => text.replaceAll(`${cwd}${sep}`, '')
  if (before === undefined || importer === undefined) return seen(message)
  if (importer.startsWith(import.meta.dirname)) return seen(before)
  return `${seen(before)}, imported from ${seen(importer)}`
}

/** Why a file could not be imported: one line, with the place where it does not parse. */
export const describeLoadFailure = async (
  error: unknown,
  { path, cwd }: { readonly path: string; readonly cwd: string },
): Promise<string> => {
  if (/\.m?ts$/.test(path) && isObject(error) && error['code'] === 'ERR_UNKNOWN_FILE_EXTENSION')
    return `Node ${process.versions.node} does not run TypeScript, 22.18 and later do`
  const message = withoutOwnPaths(firstLine(error), cwd)
  if (!(error instanceof Error) || error.name !== 'SyntaxError') return message
  const place = placeIn(error.stack ?? '', cwd) ?? placeIn(await parsed(path), cwd)
  return place === undefined ? message : `${message} (${place})`
}
