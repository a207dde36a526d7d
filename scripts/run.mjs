import { bootstrap, pnpm } from './bootstrap.mjs'

// `node scripts/run.mjs <command> …`: runs a command of the workspace under a fit Node with everything installed.
await bootstrap()
process.exit(await pnpm('exec', ...process.argv.slice(2)))
