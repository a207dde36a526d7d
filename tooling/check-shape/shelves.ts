import { posix } from 'node:path'
import { type Package, splitSpecifier } from '../packages.ts'
import type { Report } from '../report.ts'
import { sourcesOf, type Workspace } from './workspace.ts'

/** All packages in the order of the shelves: each imports only what stands above it. */
const order: readonly string[] = [
  'core',
  'testing',
  ...['wire', 'sqlite', 'ranking', 'command', 'secret-paths'].map((name) => `base/${name}`),
  ...['openai', 'anthropic', 'ollama', 'local'].map((name) => `providers/${name}`),
  ...['catalog', 'tokens', 'models'].map((name) => `models/${name}`),
  ...['memory', 'discovery', 'config', 'cost', 'safety', 'telemetry'].map((name) => `plugins/${name}`),
  ...['mcp', 'workspace'].map((name) => `tools/${name}`),
  ...['bus', 'orchestrator', 'nodes'].map((name) => `runtime/${name}`),
  ...['gateway', 'codegen', 'server', 'cli'].map((name) => `apps/${name}`),
]

const positionOf = ({ folder }: Package): number => order.indexOf(folder.slice('packages/'.length))

const shelfOf = ({ folder }: Package): string => folder.split('/')[1] ?? ''

/** Why `from` may not import `to`; undefined when it may. */
const objection = (from: Package, to: Package): string | undefined => {
  if (from === to) return undefined
  if (shelfOf(from) === 'plugins' && !['core', 'base', 'models'].includes(shelfOf(to)))
    return 'a plugin imports only core, base and the models shelf'
  return positionOf(to) < positionOf(from) ? undefined : 'a package imports only packages above it'
}

const violationsOf = (workspace: Workspace, from: Package): string[] => {
  const check = (place: string, specifier: string): string[] => {
    const to = workspace.packages.find(({ name }) => name === splitSpecifier(specifier)[0])
    const problem = to && objection(from, to)
    return problem ? [`${place} → ${specifier}: ${problem}`] : []
  }
  const escapes = (path: string, specifier: string): boolean =>
    specifier.startsWith('.') && !posix.join(posix.dirname(path), specifier).startsWith(`${from.folder}/`)
  const { dependencies = {}, peerDependencies = {} } = from.manifest
  return [
    ...(positionOf(from) < 0 ? [`${from.folder} has no place on the shelves: add it to the order`] : []),
    ...Object.keys({ ...dependencies, ...peerDependencies }).flatMap((name) =>
      check(`${from.folder}/package.json`, name),
    ),
    ...sourcesOf(workspace, from).flatMap(({ path, imports }) =>
      imports.flatMap((specifier) =>
        escapes(path, specifier) ? [`${path} → ${specifier}: leaves its package`] : check(path, specifier),
      ),
    ),
  ]
}

/** Imports and dependencies that go down or across the shelves. Tests may import anything. */
export const checkShelves = (workspace: Workspace): Report => {
  const findings = workspace.packages.flatMap((each) => violationsOf(workspace, each))
  return {
    check: 'shelf violations',
    measured: `${findings.length} of 0 in ${workspace.packages.length} packages`,
    findings,
  }
}
