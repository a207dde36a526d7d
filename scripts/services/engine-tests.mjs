import { readFileSync } from 'node:fs'
import { engines } from './engines.mjs'

const named = /\.([a-z]+)\.engine\.test\.ts$/

/** The names of the engines that the suites need, in the order in which they are started. */
export const enginesOf = (files) =>
  engines.map(({ name }) => name).filter((name) => files.some((file) => named.exec(file)?.[1] === name))

/**
 * Which suites can run in the environment `env`: `{ runnable, left: { file, reason }[], misnamed }`. A suite names its
 * engine: `x.redis.engine.test.ts`.
 */
export const planEngineTests = (files, env) => {
  const plan = { runnable: [], left: [], misnamed: [] }
  for (const file of files) {
    const engine = engines.find(({ name }) => name === named.exec(file)?.[1])
    if (!engine) plan.misnamed.push(file)
    else if (env[engine.variable]) plan.runnable.push(file)
    else plan.left.push({ file, reason: `there is no ${engine.name} (${engine.variable} is not set)` })
  }
  return plan
}

/** The files of which Vitest's JSON report names no passed test, or one that was skipped. */
export const withoutAPass = (files, report) => {
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
  return files.filter((file) => {
    const tests = testResults.find(({ name }) => name.endsWith(`/${file}`))?.assertionResults ?? []
    return tests.length === 0 || tests.some(({ status }) => status !== 'passed' && status !== 'failed')
  })
}
