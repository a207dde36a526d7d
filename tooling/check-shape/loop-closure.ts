import type { Report } from '../report.ts'
import { budgets } from './budgets.ts'
import { createImportGraph } from './import-graph.ts'
import type { Workspace } from './workspace.ts'

const loop = 'packages/core/src/loop.ts'

/** Lines of the agent loop with everything it imports: what one has to read to understand it. */
export const checkLoopClosure = (workspace: Workspace): Report => {
  const graph = createImportGraph(workspace)
  const seen = new Set([loop])
  for (const path of seen) for (const target of graph.importsOf(path)) seen.add(target)
  const parts = [...seen].map((path) => ({ path, lines: graph.file(path)?.lines ?? 0 }))
  const total = parts.reduce((sum, { lines }) => sum + lines, 0)
  const list = parts
    .map(({ path, lines }) => `${path.slice('packages/core/src/'.length)} ${lines}`)
    .join(', ')
  return {
    check: 'import closure of the loop',
    measured: `${total} of ${budgets.loopClosureLines} lines in ${seen.size} files`,
    findings: [
      ...(graph.file(loop) ? [] : [`${loop} is not there, so its closure cannot be measured`]),
      ...(total > budgets.loopClosureLines ? [`${total} lines: ${list}`] : []),
    ],
  }
}
