import type { Report } from '../report.ts'
import { sourcesOf, type Workspace } from './workspace.ts'

/** Packages that also run in a browser or a worker. */
export const portable: readonly string[] = ['@ashlar/core', '@ashlar/models', '@ashlar/tokens']

/** The commands of a package, behind `@ashlar/x/cli`, run in a terminal and so on Node. */
const isCommand = (path: string): boolean => /\/src\/(?:cli|[a-z-]+-command(?:\.test)?)\.ts$/.test(path)

/** Imports of Node's own modules in packages that also run without Node. */
export const checkPortability = (workspace: Workspace): Report => {
  const packages = workspace.packages.filter(({ name }) => portable.includes(name))
  return {
    check: 'packages that run without Node',
    measured: packages.map(({ name }) => name).join(', '),
    findings: packages
      .flatMap((each) => sourcesOf(workspace, each))
      .filter(({ path }) => !isCommand(path))
      .flatMap(({ path, imports }) =>
        imports.filter((name) => name.startsWith('node:')).map((name) => `${path} imports ${name}`),
      ),
  }
}
