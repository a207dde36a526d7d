import { posix } from 'node:path'
import type { Report } from '../report.ts'
import { budgets } from './budgets.ts'
import { createImportGraph, developmentFile, type ImportGraph } from './import-graph.ts'
import type { Workspace } from './workspace.ts'

const namesOf = (graph: ImportGraph, path: string, seen = new Set<string>()): string[] => {
  if (seen.has(path)) return []
  seen.add(path)
  const names = (graph.file(path)?.exports ?? []).flatMap(({ name, from }) => {
    const target = from === undefined ? undefined : graph.resolve(path, from)
    if (name !== undefined) return [name]
    return target === undefined ? [] : namesOf(graph, target, seen)
  })
  return [...new Set(names)]
}

/** Names that each entry of each package exports, types included; entries name what they export. */
export const checkEntryExports = (workspace: Workspace): Report => {
  const graph = createImportGraph(workspace)
  const entries = workspace.packages.flatMap(({ name, folder, manifest }) =>
    Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) => {
      const file = developmentFile(target)
      if (!file?.endsWith('.ts')) return []
      const path = posix.join(folder, file)
      const limit = name === '@ashlar/core' ? budgets.exportsOfCore : budgets.exportsPerEntry
      const star = graph.file(path)?.exports.some((exported) => exported.name === undefined)
      return [{ entry: posix.join(name, subpath), count: namesOf(graph, path).length, limit, star }]
    }),
  )
  const most = entries.toSorted((a, b) => b.count / b.limit - a.count / a.limit)[0]
  return {
    check: 'exports per package entry',
    measured: `most ${most?.count ?? 0} of ${most?.limit ?? 0} (${most?.entry ?? 'no entries'}), ${entries.length} entries`,
    findings: entries.flatMap(({ entry, count, limit, star }) => [
      ...(count > limit ? [`${entry} exports ${count} names, at most ${limit}`] : []),
      ...(count === 0 ? [`${entry} exports nothing`] : []),
      ...(star ? [`${entry} has an export *: name what it exports`] : []),
    ]),
  }
}
