import { Visitor } from 'oxc-parser'
import type { Report } from '../report.ts'
import { budgets } from './budgets.ts'
import { lineAt, type SourceFile } from './source-file.ts'
import { packageOf, type Workspace } from './workspace.ts'

const kinds = ['any', 'as', 'suppression'] as const
type Escape = (typeof kinds)[number]

const suppression =
  /@ts-(ignore|expect-error|nocheck)|(oxlint|eslint)-disable|(oxfmt|prettier)-ignore|(v8|c8) ignore/

/** Places where a file leaves the type system or the linter. `as const` is no escape. */
const escapesOf = (file: SourceFile): { kind: Escape; line: number }[] => {
  const found: { kind: Escape; line: number }[] = []
  const add = (kind: Escape, { start }: { start: number }): void =>
    void found.push({ kind, line: lineAt(file, start) })
  new Visitor({
    TSAnyKeyword: (node) => add('any', node),
    TSTypeAssertion: (node) => add('as', node),
    TSAsExpression: (node) => {
      if (file.text.slice(node.typeAnnotation.start, node.typeAnnotation.end) !== 'const') add('as', node)
    },
  }).visit(file.program)
  for (const comment of file.comments) if (suppression.test(comment.value)) add('suppression', comment)
  return found
}

/** Each package may use so many: a share of its lines, and an assertion even in the smallest. */
const allowed = (lines: number): Record<Escape, number> => ({
  any: Math.floor((budgets.anyPerThousand * lines) / 1000),
  as: Math.ceil((budgets.assertionsPerThousand * lines) / 1000),
  suppression: Math.floor((budgets.suppressionsPerThousand * lines) / 1000),
})

const byOwner = (workspace: Workspace): Map<string, SourceFile[]> =>
  Map.groupBy(workspace.files, ({ path }) => packageOf(workspace, path)?.folder ?? path.split('/')[0] ?? '')

/** `any`, type assertions and suppressions per 1,000 lines of each package. */
export const checkTypeEscapes = (workspace: Workspace): Report => {
  const owners = [...byOwner(workspace)].map(([owner, files]) => ({
    owner,
    lines: files.reduce((sum, file) => sum + file.lines, 0),
    escapes: files.flatMap((file) =>
      escapesOf(file).map(({ kind, line }) => ({
        kind,
        place: `${file.path.slice(owner.length + 1)}:${line}`,
      })),
    ),
  }))
  const lines = owners.reduce((sum, owner) => sum + owner.lines, 0)
  const rates = kinds.map((kind) => {
    const count = owners.flatMap(({ escapes }) => escapes).filter((escape) => escape.kind === kind).length
    return ((count * 1000) / Math.max(lines, 1)).toFixed(1)
  })
  const limits = [budgets.anyPerThousand, budgets.assertionsPerThousand, budgets.suppressionsPerThousand]
  return {
    check: 'any / as / suppressions per 1,000 lines',
    measured: `${rates.join(' / ')} of ${limits.join(' / ')} in ${lines} lines`,
    findings: owners.flatMap((owner) =>
      kinds.flatMap((kind) => {
        const limit = allowed(owner.lines)[kind]
        const places = owner.escapes.filter((escape) => escape.kind === kind).map(({ place }) => place)
        const what = `${owner.owner}: ${places.length} × ${kind}, at most ${limit} in ${owner.lines} lines`
        return places.length > limit ? [`${what}: ${places.join(', ')}`] : []
      }),
    ),
  }
}
