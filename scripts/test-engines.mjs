import { bootstrap, listFiles, run } from './bootstrap.mjs'

// `npm run test:engines [-- vitest arguments]`: the tests that need a server, with the servers they name. A server that
// cannot be had leaves its tests NOT RUN; one that is there and fails, or is not asked, fails the run.
await bootstrap()
const { enginesOf } = await import('./services/engine-tests.mjs')
const args = process.argv.slice(2)
const services = ['scripts/services/main.mjs', 'run', ...enginesOf(listFiles('*.engine.test.ts'))]
const tests = [process.execPath, 'scripts/test.mjs', 'engines', ...args]
process.exit(
  await run(process.execPath, services.length > 2 ? [...services, '--', ...tests] : tests.slice(1)),
)
