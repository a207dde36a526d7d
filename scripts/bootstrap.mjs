import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The Node fetched from npm where the machine's own cannot run TypeScript or the tools. */
const nodeVersion = '24.21.0'
const windows = process.platform === 'win32'
const installStamp = join(root, 'node_modules', '.ashlar-install')

/** True for `^22.18 || ^24.11 || >=26`: what the tools need, and what runs TypeScript without a flag. */
export const isNodeFit = (version) => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return (major === 22 && minor >= 18) || (major === 24 && minor >= 11) || major >= 26
}

/**
 * Runs a command in the root folder with this process's input and output; resolves to its exit code.
 * A signal that ends the command becomes 128 + its number, as in a shell. With `quiet` its output is shown only
 * when it fails.
 */
export const run = (command, args, { quiet = false } = {}) =>
  new Promise((resolve, reject) => {
    // On Windows commands are .cmd files, which only its shell runs.
    const viaShell =
      windows && command !== process.execPath
        ? ['cmd', ['/d', '/s', '/c', command, ...args]]
        : [command, args]
    const child = spawn(...viaShell, { cwd: root, stdio: quiet ? ['inherit', 'pipe', 'pipe'] : 'inherit' })
    const output = []
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk))
    // A terminal sends Ctrl-C to the child as well: this process only has to outlive it.
    const interrupt = () => process.stdin.isTTY || child.kill('SIGINT')
    const terminate = () => child.kill('SIGTERM')
    process.on('SIGINT', interrupt).on('SIGTERM', terminate)
    child.once('error', reject).once('close', (code, signal) => {
      process.off('SIGINT', interrupt).off('SIGTERM', terminate)
      if (code !== 0) process.stderr.write(Buffer.concat(output))
      resolve(code ?? 128 + constants.signals[signal])
    })
  })

/** The files of the repository, new ones included, that match a pattern of git. */
export const listFiles = (pattern) =>
  String(execFileSync('git', ['ls-files', '-co', '--exclude-standard', pattern], { cwd: root }))
    .split('\n')
    .filter((file) => file && existsSync(join(root, file)))

/** npm's own scripts can be run by any Node; without npm's environment they are found on the path. */
const npm = (tool, args, options) => {
  const cli = process.env.npm_execpath ?? ''
  if (basename(cli) !== 'npm-cli.js') return run(tool, args, options)
  return run(process.execPath, [join(dirname(cli), `${tool}-cli.js`), ...args], options)
}

/** Runs pnpm at the version that `packageManager` in package.json names; takes what `run` takes. */
export const pnpm = (args, options) => {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  // What npm has fetched before is good: the version is exact, and there may be no network.
  return npm('npx', ['-y', '--prefer-offline', packageManager, ...args], options)
}

/** Ends this process if `code`, the exit code of a step, is not 0. */
export const exitUnlessZero = (code) => {
  if (code !== 0) process.exit(code)
}

const prependToPath = (folder) => {
  process.env.PATH = `${folder}${delimiter}${process.env.PATH}`
}

/** Goes on only under a fit Node: fetches one into `.node/` where needed and runs this script again under it. */
export const ensureNode = async () => {
  if (isNodeFit(process.versions.node)) return
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`
  const home = join(root, '.node')
  const bin = join(home, 'node_modules', name, 'bin')
  const node = join(bin, windows ? 'node.exe' : 'node')
  console.log(
    `Node ${process.versions.node} is not ^22.18 || ^24.11 || >=26: using ${name}@${nodeVersion} from npm.`,
  )
  if (!existsSync(node)) {
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'package.json'), '{ "private": true }\n')
    const flags = [
      '--prefix',
      home,
      '--prefer-offline',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel',
      'error',
    ]
    exitUnlessZero(await npm('npm', ['install', ...flags, `${name}@${nodeVersion}`]))
  }
  prependToPath(bin)
  process.exit(await run(node, process.argv.slice(1)))
}

const manifests = () => {
  const isFolder = (entry) => entry.isDirectory() && entry.name !== 'node_modules'
  const below = (folder) =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter(isFolder)
      .map((entry) => `${folder}/${entry.name}`)
  const shelves = below('packages')
  return ['.', ...shelves, ...shelves.flatMap(below), ...below('examples'), 'bench', 'tooling']
    .map((folder) => join(root, folder, 'package.json'))
    .filter((file) => existsSync(file))
    .toSorted()
}

const fingerprint = () => {
  const hash = createHash('sha256').update(process.version)
  for (const file of [join(root, 'pnpm-lock.yaml'), join(root, 'pnpm-workspace.yaml'), ...manifests()])
    hash.update(file).update(readFileSync(file))
  return hash.digest('hex')
}

/** Installs what the lockfile says, unless nothing it depends on changed since the last time. */
export const install = async () => {
  const wanted = fingerprint()
  if (existsSync(installStamp) && readFileSync(installStamp, 'utf8') === wanted) return
  exitUnlessZero(await pnpm(['install', '--frozen-lockfile', '--prefer-offline']))
  writeFileSync(installStamp, wanted)
}

/** A fit Node, the dependencies, and the workspace's commands on the path of everything started from here. */
export const bootstrap = async () => {
  await ensureNode()
  await install()
  prependToPath(join(root, 'node_modules', '.bin'))
  process.env.TURBO_TELEMETRY_DISABLED ??= '1'
}
