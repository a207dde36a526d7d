import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { bootstrap, listFiles, root, run } from './bootstrap.mjs'
import { v8Flags } from './v8-flags.mjs'

// `npm test [-- unit|integration|e2e|performance|types] [-- vitest arguments]`: everything but performance by default,
// and `engines`, for which `npm run test:engines` starts the servers.
const trees = ['unit', 'integration', 'e2e', 'performance']
const out = join(root, '.ci-out')

// Node 22 warns in every process that SQLite is experimental, where tests look at what a process says.
if (Number.parseInt(process.versions.node) < 24) process.env.NODE_NO_WARNINGS ??= '1'

const runVitest = async (projects, args, report = join(out, 'vitest.json')) => {
  rmSync(report, { force: true })
  const code = await run(process.execPath, [
    ...v8Flags,
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

/** Suites that need a server: those of a server that is not there are named, those of one that is must run. */
const runEngineTests = async (args) => {
  const { planEngineTests, withoutAPass } = await import('./services/engine-tests.mjs')
  const { runnable, left, misnamed } = planEngineTests(listFiles('*.engine.test.ts'), process.env)
  for (const { file, reason } of left) console.log(`NOT RUN  ${file}: ${reason}`)
  for (const file of misnamed) console.log(`FAILED  ${file}: its name must end in .<engine>.engine.test.ts`)
  if (runnable.length === 0) return { passed: 0, failed: misnamed.length, skipped: 0 }
  const report = join(out, 'vitest-engines.json')
  const counts = await runVitest(['engines'], args, report)
  // A run of chosen files proves nothing about the others.
  const idle = args.length > 0 ? [] : withoutAPass(runnable, report)
  for (const file of idle) console.log(`FAILED  ${file}: its engine is there, and no test of it ran`)
  return { ...counts, failed: counts.failed + idle.length + misnamed.length }
}

/** Type tests are `*.test-d.ts` files that must compile; each counts as one test. */
const runTypeTests = () => {
  const files = listFiles('*.test-d.ts')
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
const named = args.filter((arg) => [...trees, 'types', 'engines'].includes(arg))
const suites = named.length > 0 ? named : ['unit', 'integration', 'e2e', 'types']
const projects = suites.filter((name) => trees.includes(name))
const results = []
const passedOn = args.filter((arg) => !named.includes(arg))
if (projects.length > 0) results.push(await runVitest(projects, passedOn))
if (suites.includes('engines')) results.push(await runEngineTests(passedOn))
if (suites.includes('types')) results.push(runTypeTests())
const sum = (key) => results.reduce((total, result) => total + result[key], 0)
const skipped = sum('skipped')
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped ? `, ${skipped} skipped` : ''}`)
process.exit(sum('failed') === 0 ? 0 : 1)
