#!/usr/bin/env node
import { exitCode } from './exit-code.ts'
import { main } from './main.ts'
import { reportLoose } from './report-error.ts'

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

const words = process.argv.slice(2)

let isLeaving = false
/** An agent file may throw in a timer, or let go of a promise that fails: that ends the run, but not with a stack. */
const leaveLoose = async (error: unknown): Promise<void> => {
  if (isLeaving) process.exit(exitCode.failed)
  isLeaving = true
  const code = reportLoose(error, { terminal: { stdout, stderr }, words })
  await flush()
  process.exit(code)
}

// What was written has to be out before the process ends.
const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => void stream.write('', () => resolve()))
const flush = async (): Promise<void> => void (await Promise.all([flushed(stdout), flushed(stderr)]))
process.on('uncaughtException', (error) => void leaveLoose(error))
process.on('unhandledRejection', (error) => void leaveLoose(error))

const code = await main(words, {
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

await flush()
// An agent file may hold timers or sockets open.
process.exit(code)
