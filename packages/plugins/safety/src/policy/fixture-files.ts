import type { FileView } from './file-view.ts'

/** A disk in memory: `null` is a folder, `-> path` a link, anything else the text of a file. */
export const memoryFiles = (entries: Readonly<Record<string, string | null>>): FileView => {
  const resolvePath = (path: string, depth = 0): string | undefined => {
    if (depth > 20) return undefined
    let at = ''
    for (const part of path.split('/').filter((piece) => piece !== '')) {
      at = `${at}/${part}`
      const entry = entries[at]
      if (typeof entry === 'string' && entry.startsWith('-> ')) {
        const target = resolvePath(entry.slice(3), depth + 1)
        if (target === undefined) return undefined
        at = target
      } else if (entry === undefined && !Object.keys(entries).some((key) => key.startsWith(`${at}/`)))
        return undefined
    }
    return at || '/'
  }
  const kind = (path: string): 'file' | 'directory' | undefined => {
    const real = resolvePath(path)
    if (real === undefined) return undefined
    return typeof entries[real] === 'string' ? 'file' : 'directory'
  }
  return {
    realPath: (path) => resolvePath(path),
    kind,
    names: (path) => {
      const real = resolvePath(path)
      if (real === undefined || kind(path) !== 'directory') return undefined
      const start = real === '/' ? '/' : `${real}/`
      return [
        ...new Set(
          Object.keys(entries)
            .filter((key) => key.startsWith(start))
            .map((key) => key.slice(start.length).split('/')[0] ?? ''),
        ),
      ]
    },
    text: (path, limit) => {
      const real = resolvePath(path)
      const text = real === undefined ? undefined : entries[real]
      return typeof text === 'string' && text.length <= limit ? text : undefined
    },
  }
}
