import { execFileSync, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A free port of the loopback interface. */
export const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

const commandLine = (pid) => {
  try {
    if (existsSync('/proc/self/cmdline')) return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

/** True while `pid` is the process that was started on `folder`: a number alone may have been given to another. */
export const isRunning = ({ pid, folder }) => commandLine(pid).includes(folder)

const hasEnded = (pid) => {
  try {
    // Ended, but its parent has not asked how: the state after the name, which stands in parentheses.
    return readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\)/s, '').startsWith(' Z')
  } catch {
    return false
  }
}

/** True while a process of that number runs. */
export const isAlive = (pid) => {
  try {
    process.kill(pid, 0)
    return !hasEnded(pid)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Polls `check` until it gives true; false when `timeout` milliseconds have passed. */
export const waitUntil = async (check, timeout) => {
  for (const end = Date.now() + timeout; ; await sleep(50)) {
    if (await check()) return true
    if (Date.now() > end) return false
  }
}

/** Starts a server that outlives this process; its output goes to the file `log`. Resolves to its process id. */
export const launch = ({ command, args, log, options = {} }) =>
  new Promise((resolve, reject) => {
    const output = openSync(log, 'a')
    const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', output, output] })
    closeSync(output)
    child.once('error', reject).once('spawn', () => resolve(child.pid))
    child.unref()
  })

/** Asks the process to end, and kills it after `timeout` milliseconds. Touches nothing that is not running on `folder`. */
export const stop = async (service, timeout = 10_000) => {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    if (!isRunning(service)) return
    process.kill(service.pid, signal)
    await waitUntil(() => !isAlive(service.pid), timeout)
  }
}

/** True when every user of the machine can reach `folder`. */
export const isOpenToAll = (folder) => {
  const parent = dirname(folder)
  if (existsSync(folder) && !(statSync(folder).mode & 0o001)) return false
  return parent === folder || isOpenToAll(parent)
}
