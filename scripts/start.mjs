import { bootstrap, exitUnlessZero, pnpm, run } from './bootstrap.mjs'

// `npm start [-- arguments]`: builds the packages and runs the file processor, by default on the project's own docs.
await bootstrap()
exitUnlessZero(await pnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only'], { quiet: true }))
const args = process.argv.slice(2)
process.exit(await run(process.execPath, ['examples/file-processor/src/main.ts', ...args]))
