import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive } from './processes.mjs'
import { Unavailable } from './programs.mjs'
import { createServices } from './services.mjs'

const ownFolder = /^run-(\d+)$/

const stopAll = async (folder, engines) => {
  const services = createServices(folder)
  for (const engine of engines) await services.down(engine)
  rmSync(folder, { recursive: true, force: true })
}

/** Stops what a killed `run` left behind. */
export const sweep = async (home, engines) => {
  for (const name of existsSync(home) ? readdirSync(home) : []) {
    const pid = ownFolder.exec(name)?.[1]
    if (pid && !isAlive(Number(pid))) await stopAll(join(home, name), engines)
  }
}

/**
 * Runs `command` with the address of every engine that can be had in its environment, and resolves to
 * `{ code, missing, broken }`: `missing` engines are not on this machine and cannot be fetched, `broken` ones did not
 * start. Engines that are already running, or named by the environment, are used and left alone; what is started here
 * is stopped here.
 */
export const runWith = async ({ home, engines, wanted, command, report }) => {
  const shared = createServices(join(home, 'shared'))
  const folder = join(home, `run-${process.pid}`)
  const own = createServices(folder)
  const env = {}
  const missing = []
  const broken = []
  try {
    for (const engine of wanted) {
      const address = process.env[engine.variable] || shared.find(engine)?.url
      try {
        env[engine.variable] = address ?? (await own.up(engine)).url
        report(`${engine.name}: ${env[engine.variable]}`)
      } catch (error) {
        const unavailable = error instanceof Unavailable
        ;(unavailable ? missing : broken).push(engine.name)
        report(`${engine.name}: ${unavailable ? 'NOT RUN' : 'FAILED'}: ${error.message}`)
      }
    }
    return { code: await command(env), missing, broken }
  } finally {
    await stopAll(folder, engines)
  }
}
