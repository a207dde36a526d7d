import type { ChildProcess } from 'node:child_process'

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null

/** Signals the child and what it has started; where there are no process groups, the child alone. */
const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  const { pid } = child
  try {
    if (pid !== undefined && process.platform !== 'win32') process.kill(-pid, signal)
    else child.kill(signal)
  } catch {
    // Gone meanwhile.
  }
}

const endsWithin = (child: ChildProcess, ms: number): Promise<boolean> =>
  new Promise((resolve) => {
    if (hasEnded(child)) return resolve(true)
    const end = (ended: boolean): void => {
      clearTimeout(timer)
      child.off('exit', onExit)
      resolve(ended)
    }
    const onExit = (): void => end(true)
    const timer = setTimeout(() => end(false), ms)
    child.once('exit', onExit)
  })

/**
 * Ends a server as the specification has it: closes its stdin, then SIGTERM, then SIGKILL, each after `graceMs`.
 * The child must be the leader of a process group. Source: modelcontextprotocol.io, lifecycle, shutdown
 */
export const stopChild = async (child: ChildProcess, graceMs: number): Promise<void> => {
  child.ref()
  child.stdin?.end()
  if (await endsWithin(child, graceMs)) return
  signalGroup(child, 'SIGTERM')
  if (await endsWithin(child, graceMs)) return
  signalGroup(child, 'SIGKILL')
  await endsWithin(child, graceMs)
}
