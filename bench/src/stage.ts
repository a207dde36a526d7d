import { globSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { complaint, runNode } from '../../tooling/command.ts'
import { type Manifest, readPackages, root } from '../../tooling/packages.ts'

/** Where everything that runs in a measured process is laid out; one folder a run, so that two do not meet. */
export const stageFolder: string = join(import.meta.dirname, '../.stage', String(process.pid))

const staged = ['@ashlar/core', '@ashlar/wire', '@ashlar/openai']

const linkDependency = (name: string, owner: string): void => {
  const link = join(stageFolder, 'node_modules', name)
  mkdirSync(dirname(link), { recursive: true })
  rmSync(link, { force: true })
  symlinkSync(realpathSync(join(owner, 'node_modules', name)), link)
}

/** Builds one package as it is published: its `dist`, and the `exports` its users get. */
const stagePackage = async (name: string): Promise<void> => {
  const found = readPackages().find((each) => each.name === name)
  if (!found) throw new Error(`There is no package ${name}`)
  const source = join(root, found.folder)
  const target = join(stageFolder, 'node_modules', name)
  mkdirSync(target, { recursive: true })
  const tsup = join(root, 'node_modules/tsup/dist/cli-default.js')
  const built = await runNode([tsup, '--out-dir', join(target, 'dist')], { cwd: source })
  if (built.code !== 0) throw new Error(complaint(`build of ${name}`, built))
  const manifest: Manifest = { ...found.manifest, ...found.manifest.publishConfig }
  writeFileSync(join(target, 'package.json'), JSON.stringify(manifest, null, 2))
  for (const dependency of Object.keys(found.manifest.dependencies ?? {}))
    if (!dependency.startsWith('@ashlar/')) linkDependency(dependency, source)
}

/** Node's own type stripping costs a process 16 MB, so it is done here, once. */
const stageClient = (): void => {
  for (const file of globSync(['prompts.ts', 'workloads.ts', 'client/*.ts'], { cwd: import.meta.dirname })) {
    const target = join(stageFolder, file.replace(/\.ts$/, '.mjs'))
    const source = readFileSync(join(import.meta.dirname, file), 'utf8')
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, stripTypeScriptTypes(source).replaceAll(/(from '\.[^']*)\.ts'/g, "$1.mjs'"))
  }
  writeFileSync(join(stageFolder, 'empty.mjs'), 'export {}\n')
}

/** Takes the stage down. */
export const removeStage = (): void => rmSync(stageFolder, { recursive: true, force: true })

/** Lays out the built packages and the client's code. @throws Error when a package does not build */
export const stage = async (): Promise<void> => {
  removeStage()
  for (const name of staged) await stagePackage(name)
  stageClient()
}

/** A module of the stage, as a process imports it. */
export const stagedModule = (name: string): string => join(stageFolder, 'client', `${name}.mjs`)
