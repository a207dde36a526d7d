#!/usr/bin/env node
import { exitCode } from './exit-code.ts'
import { main } from './main.ts'

const { stdin, stdout, stderr, env } = process

/** Whoever read the output went away: nothing is left to do for them. */
const leaveOnClosedPipe = (error: NodeJS.ErrnoException): void => {
  if (error.code === 'EPIPE') process.exit(exitCode.pipeClosed)
  throw error
}
stdout.on('error', leaveOnClosedPipe)
stderr.on('error', leaveOnClosedPipe)

// Node would print a warning of an agent file (a package.json without "type", say) with a stack.
process.removeAllListeners('warning')
process.on('warning', ({ name, message }) => {
  if (env['NODE_DEBUG']) stderr.write(`${name}: ${message}\n`)
})

/** Milliseconds in which a second Ctrl-C means: now. */
const impatience = 2_000
let last = -Infinity
process.on('SIGINT', () => {
  const isIdle = process.listenerCount('SIGINT') === 1
  if (isIdle || performance.now() - last < impatience) process.exit(exitCode.interrupted)
  last = performance.now()
})
process.once('SIGTERM', () => process.exit(exitCode.terminated))

const code = await main(process.argv.slice(2), {
  stdin,
  stdout,
  stderr,
  env,
  cwd: process.cwd(),
  onInterrupt: (listener) => {
    process.on('SIGINT', listener)
    return () => void process.off('SIGINT', listener)
  },
})

// An agent file may hold timers or sockets open; what was written has to be out before the process ends.
const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => void stream.write('', () => resolve()))
await Promise.all([flushed(stdout), flushed(stderr)])
process.exit(code)
