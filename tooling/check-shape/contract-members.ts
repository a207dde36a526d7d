import { type TSInterfaceDeclaration, Visitor } from 'oxc-parser'
import type { Report } from '../report.ts'
import { budgets } from './budgets.ts'
import type { Workspace } from './workspace.ts'

const limits = { Hooks: budgets.hooksMembers, RunContext: budgets.runContextMembers }

/** Members of the two interfaces that every plugin sees: they stay this small. */
export const checkContractMembers = ({ files }: Workspace): Report => {
  const found = new Map<string, number>()
  const count = ({ id, body }: TSInterfaceDeclaration): void => {
    if (id.name in limits) found.set(id.name, (found.get(id.name) ?? 0) + body.body.length)
  }
  for (const { path, program } of files)
    if (path.startsWith('packages/core/src/')) new Visitor({ TSInterfaceDeclaration: count }).visit(program)
  const rows = Object.entries(limits).map(([name, limit]) => ({ name, limit, members: found.get(name) }))
  return {
    check: 'members of Hooks and RunContext',
    measured: rows
      .map(({ name, limit, members }) => `${name} ${members ?? 'missing'} of ${limit}`)
      .join(', '),
    findings: rows.flatMap(({ name, limit, members }) => {
      if (members === undefined) return [`no interface ${name} in packages/core/src`]
      return members > limit ? [`${name} has ${members} members, at most ${limit}`] : []
    }),
  }
}
