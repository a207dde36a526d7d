import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, isAlive, isOpenToAll, isRunning, launch, stop, waitUntil } from './processes.mjs'

/** How long an engine may take from its start to its first answer, in milliseconds. */
const startTime = 60_000
/** How long one waits for another that is starting the same engines: fetching a program takes its time. */
const lockTime = 600_000

/** Runs `work` while no other process does the same in `folder`. */
const exclusively = async (folder, work) => {
  mkdirSync(folder, { recursive: true })
  const lock = join(folder, 'lock')
  const take = () => {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      return true
    } catch {
      // The holder may have ended just now, or been killed while it held the lock.
      if (existsSync(lock) && !isAlive(Number(readFileSync(lock, 'utf8')))) rmSync(lock, { force: true })
      return false
    }
  }
  if (!(await waitUntil(take, lockTime))) throw new Error(`${lock} is held by another process`)
  try {
    return await work()
  } finally {
    rmSync(lock, { force: true })
  }
}

/** A folder for the engine's data: below `home`, or a temporary one where the engine's own user could not reach that. */
const dataFolder = (home, owner) => {
  const folder =
    owner.uid !== undefined && !isOpenToAll(home)
      ? mkdtempSync(join(tmpdir(), 'ashlar-'))
      : join(home, 'data')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid)
  return folder
}

/**
 * The engines whose state is in `folder`: starts, stops and lists them. An engine is
 * `{ name, variable, url(port), obtain(), prepare({ program, folder, port, owner }), isReady({ program, port }) }`,
 * with `account()` where it needs a user of its own.
 */
export const createServices = (folder) => {
  const home = (engine) => join(folder, engine.name)
  const record = (engine) => join(home(engine), 'service.json')

  /** What runs of an engine: `{ pid, port, url, folder }`, or undefined. */
  const find = (engine) => {
    if (!existsSync(record(engine))) return undefined
    const service = JSON.parse(readFileSync(record(engine), 'utf8'))
    return isRunning(service) ? service : undefined
  }

  const start = async (engine) => {
    const program = await engine.obtain()
    const owner = (await engine.account?.()) ?? {}
    mkdirSync(home(engine), { recursive: true })
    const data = dataFolder(home(engine), owner)
    const log = join(home(engine), 'log')
    const port = await freePort()
    const server = await engine.prepare({ program, folder: data, port, owner })
    const service = { port, url: engine.url(port), folder: data, pid: await launch({ ...server, log }) }
    writeFileSync(record(engine), JSON.stringify(service))
    const isSettled = async () => !isRunning(service) || (await engine.isReady({ program, port }))
    const settled = await waitUntil(isSettled, startTime)
    if (settled && isRunning(service)) return service
    await remove(engine, service)
    const words = readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n')
    throw new Error(
      `${engine.name} ${settled ? 'ended' : 'gave no answer'} on port ${port}; its last words:\n${words}`,
    )
  }

  const remove = async (engine, service) => {
    await stop(service)
    rmSync(service.folder, { recursive: true, force: true })
    rmSync(record(engine), { force: true })
  }

  return {
    find,
    /** Starts the engine with an empty store, unless it runs; resolves to what `find` gives. */
    up: (engine) => exclusively(folder, async () => find(engine) ?? (await start(engine))),
    /** Stops the engine, if it was started here, and removes its data. */
    down: (engine) =>
      exclusively(folder, async () => {
        const service = find(engine)
        if (service) await remove(engine, service)
        return service !== undefined
      }),
  }
}
