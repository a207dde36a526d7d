import type { Report } from '../report.ts'
import { createImportGraph } from './import-graph.ts'
import type { Workspace } from './workspace.ts'

/** Import cycles between files, types included, also across packages. */
export const checkCycles = (workspace: Workspace): Report => {
  const graph = createImportGraph(workspace)
  const done = new Set<string>()
  const findings: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at >= 0) findings.push([...trail.slice(at), path].join(' → '))
    if (at >= 0 || done.has(path)) return
    for (const target of graph.importsOf(path)) visit(target, [...trail, path])
    done.add(path)
  }
  for (const { path } of workspace.files) visit(path, [])
  return { check: 'import cycles', measured: `${findings.length} of 0, types included`, findings }
}
