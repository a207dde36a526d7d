import { join } from 'node:path'
import { hasGlob, matchesGlob, unescapeGlob } from './glob-pattern.ts'
import type { Shell } from './shell.ts'

const mostEntries = 4096

/** The paths a glob stands for on disk; undefined when looking them all up would take too long. */
export const expandGlob = (pattern: string, folder: string, shell: Shell): readonly string[] | undefined => {
  const parts = pattern.split('/').filter((part, index) => part !== '' || index === 0)
  let open = [parts[0] === '' ? '/' : folder]
  let seen = 0
  for (const part of parts[0] === '' ? parts.slice(1) : parts) {
    if (!hasGlob(part)) {
      const name = unescapeGlob(part)
      open = open.map((path) => join(path, name))
      continue
    }
    const next: string[] = []
    for (const path of open) {
      const names = shell.host.files.names(path) ?? []
      seen += names.length
      shell.spend()
      if (seen > mostEntries) return undefined
      for (const name of names)
        if ((part.startsWith('.') || !name.startsWith('.')) && matchesGlob(part, name))
          next.push(join(path, name))
    }
    open = next
  }
  return open
}
