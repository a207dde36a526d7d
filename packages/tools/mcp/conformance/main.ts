import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expectedFailures } from './expected-failures.ts'
import { tryInspector } from './inspector.ts'
import { startConformanceServer } from './server.ts'

// `node packages/tools/mcp/conformance/main.ts`: the official conformance suite against our client and our server, for
// both current revisions of the specification. A client that does nothing exits 0 there, so passed checks are counted.
// With ASHLAR_SOAK=1 the inspector's command line, too.

const cli = join(
  dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json')),
  'dist/index.js',
)

/** Checks that pass, by what is tested and for which revision; fewer means that something is no longer tested. */
const least: Readonly<Record<string, number>> = {
  'server 2026-07-28': 160,
  'server 2025-11-25': 84,
  'client 2026-07-28': 520,
  'client 2025-11-25': 360,
}

interface Scenario {
  readonly name: string
  readonly passed: number
  readonly failed: number
}

const run = (args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 240_000,
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.once('error', reject)
    child.once('close', () => resolve(output))
  })

const scenariosOf = (output: string): Scenario[] =>
  [...output.matchAll(/^[✓✗] (?<name>\S+): (?<passed>\d+) passed, (?<failed>\d+) failed/gm)].map(
    ({ groups = {} }) => ({
      name: groups['name'] ?? '',
      passed: Number(groups['passed']),
      failed: Number(groups['failed']),
    }),
  )

/** What is wrong with a run: an unexpected failure, an unexpected success, too few checks. */
export const problemsOf = (what: string, scenarios: readonly Scenario[]): string[] => {
  const passed = scenarios.reduce((sum, scenario) => sum + scenario.passed, 0)
  const wanted = least[what] ?? 1
  return [
    ...scenarios
      .filter(({ name, failed }) => failed > 0 && !(name in expectedFailures))
      .map(({ name, failed }) => `${name}: ${failed} checks failed`),
    ...scenarios
      .filter(({ name, failed, passed: good }) => failed === 0 && good > 0 && name in expectedFailures)
      .map(({ name }) => `${name} passes: take it off the list of expected failures`),
    ...(passed < wanted ? [`${passed} checks passed, at least ${wanted} wanted`] : []),
  ]
}

const revisions = ['2026-07-28', '2025-11-25']

const main = async (): Promise<void> => {
  await using server = await startConformanceServer()
  const client = `${process.execPath} ${join(import.meta.dirname, 'client.ts')}`
  let good = 0
  let bad = 0
  for (const revision of revisions) {
    for (const [leg, target] of [
      ['server', ['--url', server.url]],
      ['client', ['--command', client]],
    ] as const) {
      const what = `${leg} ${revision}`
      const output = await run([leg, ...target, '--requirements', revision])
      const scenarios = scenariosOf(output)
      const problems = problemsOf(what, scenarios)
      const checks = scenarios.reduce((sum, { passed }) => sum + passed, 0)
      const expected = scenarios.filter(({ name, failed }) => failed > 0 && name in expectedFailures)
      console.log(`${what}: ${scenarios.length} scenarios, ${checks} checks passed`)
      for (const { name } of expected) console.log(`  expected to fail: ${name} (${expectedFailures[name]})`)
      for (const problem of problems) console.log(`  FAILED ${problem}`)
      if (problems.length > 0) console.log(output.slice(-4_000))
      good += checks
      bad += problems.length
    }
  }
  if (process.env['ASHLAR_SOAK'] === '1') {
    const { passed, failed } = await tryInspector(join(import.meta.dirname, '../../../../.ci-out/inspector'))
    good += passed
    bad += failed
  }
  console.log(`${good} passed, ${bad} failed`)
  process.exitCode = bad === 0 ? 0 : 1
}

if (import.meta.main) await main()
