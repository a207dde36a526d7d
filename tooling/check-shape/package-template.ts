import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type ExportTarget, type Manifest, type Package, root } from '../packages.ts'
import type { Report } from '../report.ts'
import type { Workspace } from './workspace.ts'

const built = (source: string, ending: string): string =>
  source.replace('./src/', './dist/').replace(/\.ts$/, ending)

const fixed: Partial<Manifest> = {
  license: 'MIT',
  type: 'module',
  sideEffects: false,
  files: ['dist'],
  scripts: { build: 'tsup && tsc -p tsconfig.build.json', typecheck: 'tsc -p tsconfig.json' },
  engines: { node: '>=22.13' },
}

const checkFixed = ({ manifest, folder }: Package): string[] => {
  const given: Record<string, unknown> = { ...manifest }
  return [
    ...Object.entries(fixed)
      .filter(([key, value]) => !isDeepStrictEqual(given[key], value))
      .map(([key, value]) => `${key} should be ${JSON.stringify(value)}, is ${JSON.stringify(given[key])}`),
    ...(manifest.name === `@ashlar/${folder.split('/').at(-1)}` ? [] : [`name should be that of its folder`]),
    ...(manifest.description ? [] : ['description is missing']),
    ...(manifest.keywords?.length ? [] : ['keywords are missing']),
    ...(manifest.publishConfig?.access === 'public' ? [] : ['publishConfig.access should be "public"']),
  ]
}

/** Development entries are sources, published ones what is built of them: types first, Node's or the default file last. */
const checkEntry = (subpath: string, source: ExportTarget, target: ExportTarget | undefined): string[] => {
  if (typeof source !== 'string') return [`exports["${subpath}"] should be one source file`]
  if (!source.endsWith('.ts')) {
    // The build copies what is in `public`.
    const copied = source.replace(/^\.\/public\//, './dist/')
    return copied === target ? [] : [`publishConfig.exports["${subpath}"] should be ${copied}`]
  }
  if (typeof target !== 'object') return [`publishConfig.exports["${subpath}"] should have types and default`]
  const keys = Object.keys(target)
  const ordered = keys[0] === 'types' && keys.at(-1) === 'default'
  const wanted =
    target['types'] === built(source, '.d.ts') &&
    (target['node'] ?? target['default']) === built(source, '.js')
  return [
    ...(ordered ? [] : [`publishConfig.exports["${subpath}"] should begin with types and end with default`]),
    ...(wanted ? [] : [`publishConfig.exports["${subpath}"] should be what ${source} is built to`]),
  ]
}

const checkExports = ({ manifest }: Package): string[] => {
  const { exports: source = {}, publishConfig: { exports: published = {} } = {} } = manifest
  const isFile = (target: ExportTarget | undefined): target is string => typeof target === 'string'
  const buildable = new Set(
    Object.values(source)
      .filter(isFile)
      .map((file) => built(file, '.js')),
  )
  const files = Object.values(published).flatMap((target) => {
    const { types: _, ...conditions } = isFile(target) ? {} : target
    return Object.values(conditions).filter(isFile)
  })
  return [
    ...(source['.'] ? [] : ['exports["."] is missing']),
    ...Object.keys(published)
      .filter((subpath) => !(subpath in source))
      .map((subpath) => `publishConfig.exports["${subpath}"] is not in exports`),
    ...Object.entries(source).flatMap(([subpath, target]) => checkEntry(subpath, target, published[subpath])),
    ...files
      .filter((file) => !buildable.has(file))
      .map((file) => `publishConfig.exports: no entry in exports is built to ${file}`),
  ]
}

const checkBin = ({ manifest }: Package): string[] => {
  const wanted = Object.entries(manifest.bin ?? {}).map(([name, file]) => [name, built(file, '.js')])
  const published = manifest.publishConfig?.bin ?? {}
  return isDeepStrictEqual(published, Object.fromEntries(wanted))
    ? []
    : ['publishConfig.bin should be what bin is built to']
}

const checkDependencies = ({ manifest }: Package): string[] =>
  Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).flatMap(([name, version]) => {
    const wanted = name.startsWith('@ashlar/') ? 'workspace:^' : 'catalog:'
    return version === wanted ? [] : [`${name} should be ${wanted}, is ${version}`]
  })

const tableAfter = /^#{2,} .*\bAPI\b.*$[^#]*^\|.*\|$/ims

/** What every README tells, as far as a machine can see it. */
const checkReadme = ({ name, readme }: Package): string[] => {
  if (readme === undefined) return ['README.md is missing']
  const example = /^```ts(?! no-run)[^\n]*\n(?<code>[\s\S]*?)^```/m.exec(readme)?.groups?.['code']
  const lines = example?.trimEnd().split('\n').length ?? 0
  const wants: [ok: boolean, problem: string][] = [
    [readme.startsWith(`# ${name}\n`), `should begin with "# ${name}"`],
    [readme.includes(`npm install ${name}`), `should say "npm install ${name}"`],
    [lines > 0, 'should have an example that runs (```ts)'],
    [lines <= 15, `its first example has ${lines} lines, at most 15`],
    [/^#{2,} .*use it alone/im.test(readme), 'should have a heading "Use it alone"'],
    [tableAfter.test(readme), 'should have a heading "API" with a table'],
  ]
  return wants.filter(([ok]) => !ok).map(([, problem]) => `README.md ${problem}`)
}

const toolFiles = ['tsconfig.json', 'tsconfig.build.json', 'tsup.config.ts']

/** The build files of a package differ from core's only in how many folders they climb. */
const checkToolFiles = ({ folder }: Package): string[] => {
  const read = (from: string, file: string): string | undefined => {
    const path = join(root, from, file)
    return existsSync(path)
      ? readFileSync(path, 'utf8').replaceAll(/(\.\.\/)+tooling/g, 'tooling')
      : undefined
  }
  return toolFiles
    .filter((file) => read(folder, file) !== read('packages/core', file))
    .map((file) => `${file} should be the same as that of packages/core`)
}

/** Every package is made the same way, and the repository's README links to it. */
export const checkPackageTemplate = ({ packages, readme }: Workspace): Report => ({
  check: 'packages follow the template',
  measured: `${packages.length} packages`,
  findings: [
    ...packages.flatMap((each) =>
      [checkFixed, checkExports, checkBin, checkDependencies, checkReadme, checkToolFiles]
        .flatMap((check) => check(each))
        .map((problem) => `${each.folder}: ${problem}`),
    ),
    ...packages
      .filter(({ folder }) => !readme.includes(`(${folder})`))
      .map(({ folder }) => `README.md of the repository does not link to ${folder}`),
  ],
})
