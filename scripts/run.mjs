import { bootstrap, pnpm, run } from './bootstrap.mjs'

// `node scripts/run.mjs <command> …`: runs a command of the workspace under a fit Node with everything installed.
// `pnpm` is the pinned one, fetched by npx; what itself calls pnpm is started with `pnpm exec`.
await bootstrap()
const [command, ...args] = process.argv.slice(2)
process.exit(await (command === 'pnpm' ? pnpm(args) : run(command, args)))
