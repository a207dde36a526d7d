import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { bootstrap, root, run } from './bootstrap.mjs'

// `npm test [-- unit|integration|e2e|performance|types] [-- vitest arguments]`: everything but performance by default.
const trees = ['unit', 'integration', 'e2e', 'performance']
const out = join(root, '.ci-out')

const runVitest = async (projects, args) => {
  const report = join(out, 'vitest.json')
  rmSync(report, { force: true })
  const code = await run(process.execPath, [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    ...projects.flatMap((name) => ['--project', name]),
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...args,
  ])
  if (code > 128) process.exit(code)
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    )
    const unloadable = testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    )
    const failed = numFailedTests + unloadable.length
    // Vitest also fails on an unhandled rejection, and where it found no test: no test failed, the run did.
    return {
      passed: numPassedTests,
      failed: failed || Number(code !== 0 || numPassedTests === 0),
      skipped: numPendingTests + numTodoTests,
    }
  } catch (error) {
    console.error(`vitest left no report: ${error.message}`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

/** Type tests are `*.test-d.ts` files that must compile; each counts as one test. */
const runTypeTests = () => {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.test-d.ts'], { cwd: root })
  const files = String(listed).split('\n').filter(Boolean)
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 }
  const folder = join(out, 'types')
  const project = join(folder, 'tsconfig.json')
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    project,
    JSON.stringify({
      extends: relative(folder, join(root, 'tooling/tsconfig/base.json')),
      files: files.map((file) => relative(folder, join(root, file))),
    }),
  )
  const tsc = [join(root, 'node_modules/typescript/bin/tsc'), '-p', project, '--pretty', 'false']
  const { stdout, status } = spawnSync(process.execPath, tsc, { cwd: root, encoding: 'utf8' })
  const broken = files.filter((file) => stdout.includes(`${file}(`))
  for (const file of files) console.log(` ${broken.includes(file) ? '✗' : '✓'}  types  ${file}`)
  if (status !== 0) console.log(stdout)
  const failed = broken.length || Number(status !== 0)
  return { passed: files.length - broken.length, failed, skipped: 0 }
}

await bootstrap()
mkdirSync(out, { recursive: true })
const args = process.argv.slice(2)
const named = args.filter((arg) => trees.includes(arg) || arg === 'types')
const suites = named.length > 0 ? named : ['unit', 'integration', 'e2e', 'types']
const projects = suites.filter((name) => trees.includes(name))
const results = []
if (projects.length > 0)
  results.push(
    await runVitest(
      projects,
      args.filter((arg) => !named.includes(arg)),
    ),
  )
if (suites.includes('types')) results.push(runTypeTests())
const sum = (key) => results.reduce((total, result) => total + result[key], 0)
const skipped = sum('skipped')
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped ? `, ${skipped} skipped` : ''}`)
process.exit(sum('failed') === 0 ? 0 : 1)
