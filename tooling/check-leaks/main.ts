import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../packages.ts'
import { printReports } from '../report.ts'
import { hostsIn, type Leak, leaksIn } from './leaks.ts'

// `npm run check:leaks`: nothing in the repository tells of the machine or the registry it was made with.
const output = (command: string, args: readonly string[]): string =>
  execFileSync(command, args, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' }).trim()

const registryHost = new URL(output('npm', ['config', 'get', 'registry', '--loglevel=silent'])).host
const binary = /\.(png|jpe?g|gif|ico|woff2?|gguf|tgz|zip|wasm)$/
const files = output('git', ['ls-files'])
  .split('\n')
  .filter((file) => !binary.test(file) && existsSync(join(root, file)))
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))
const all = (kind: Leak): string[] =>
  files.flatMap(({ file, text }) => leaksIn(text, kind, registryHost).map((leak) => `${file}:${leak}`))

const measured = `${files.length} files`
const passed = printReports([
  { check: 'paths of a machine', measured, findings: all('path') },
  { check: 'registry hosts', measured, findings: all('registry') },
  {
    check: 'hosts in the lockfile',
    measured: 'pnpm-lock.yaml',
    findings: hostsIn(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')),
  },
])
process.exitCode = passed ? 0 : 1
