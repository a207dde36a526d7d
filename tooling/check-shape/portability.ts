import type { Report } from '../report.ts'
import { sourcesOf, type Workspace } from './workspace.ts'

/** Packages that also run in a browser or a worker. */
export const portable: readonly string[] = ['@ashlar/core', '@ashlar/models', '@ashlar/tokens']

/** Imports of Node's own modules in packages that also run without Node. */
export const checkPortability = (workspace: Workspace): Report => {
  const packages = workspace.packages.filter(({ name }) => portable.includes(name))
  return {
    check: 'packages that run without Node',
    measured: packages.map(({ name }) => name).join(', '),
    findings: packages
      .flatMap((each) => sourcesOf(workspace, each))
      .flatMap(({ path, imports }) =>
        imports.filter((name) => name.startsWith('node:')).map((name) => `${path} imports ${name}`),
      ),
  }
}
