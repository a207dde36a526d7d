import { join } from 'node:path'
import { ensureNode, root, run } from '../bootstrap.mjs'

// `npm run services -- up|down|status|env|run`: servers for the tests that need a real one. All on loopback and free
// ports, with their data below `.services/`. Programs that are not installed are fetched into a cache.
await ensureNode()
const { parseCommandLine, usage } = await import('./command-line.mjs')
const { createServices } = await import('./services.mjs')
const { runWith, sweep } = await import('./run-with.mjs')
const { engines } = await import('./engines.mjs')

const home = join(root, '.services')
const report = (line) => process.stderr.write(`${line}\n`)

const parse = () => {
  try {
    return parseCommandLine(
      process.argv.slice(2),
      engines.map((engine) => engine.name),
    )
  } catch (error) {
    report(`${error.message}\n\n${usage(engines.map((engine) => engine.name))}`)
    process.exit(2)
  }
}

const asked = parse()
const wanted = engines.filter((engine) => asked.engines.includes(engine.name))
const shared = createServices(join(home, 'shared'))

const each = async (act) => {
  let code = 0
  for (const engine of wanted) {
    try {
      const line = await act(engine)
      if (line) console.log(line)
    } catch (error) {
      code = 1
      report(`${engine.name}: ${error.message}`)
    }
  }
  return code
}

const commands = {
  up: () => each(async (engine) => `${engine.variable}=${(await shared.up(engine)).url}`),
  down: () =>
    each(async (engine) => `${engine.name}: ${(await shared.down(engine)) ? 'stopped' : 'was not running'}`),
  status: () =>
    each((engine) => {
      const service = shared.find(engine)
      return `${engine.name}: ${service ? `${service.url}, process ${service.pid}` : 'not running'}`
    }),
  env: () =>
    each((engine) => {
      const service = shared.find(engine)
      return service && `export ${engine.variable}='${service.url}'`
    }),
  run: async () => {
    const [program, ...args] = asked.rest
    const command = (env) => {
      Object.assign(process.env, env)
      return run(program, args)
    }
    const { code, broken } = await runWith({ home, engines, wanted, command, report })
    return code || Number(broken.length > 0)
  },
}

await sweep(home, engines)
process.exit(await commands[asked.command]())
