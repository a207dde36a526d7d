import { spawnSync } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'

/** Sends a signal to every process of a group; false when there is none left. */
const signalGroup = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    process.kill(-pid, signal)
    return true
  } catch {
    return false
  }
}

/** Ends a process and all it started, at once. Windows has no groups: there `taskkill` walks the tree. */
export const killGroup = (pid: number): void => {
  if (process.platform === 'win32')
    spawnSync('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore', windowsHide: true })
  else signalGroup(pid, 'SIGKILL')
}

const pollMs = 20
const killedMs = 500

/** Asks every process of a group to end, and ends those that are still there after `graceMs`. */
export const endGroup = async (pid: number, graceMs: number): Promise<void> => {
  if (process.platform !== 'win32') {
    if (!signalGroup(pid, 'SIGTERM')) return
    for (let waited = 0; waited < graceMs; waited += pollMs) {
      await delay(pollMs)
      if (!signalGroup(pid, 0)) return
    }
  }
  killGroup(pid)
  if (process.platform === 'win32') return
  // Being killed takes a moment; a zombie that nobody reaps would take for ever.
  for (let waited = 0; waited < killedMs && signalGroup(pid, 0); waited += pollMs) await delay(pollMs)
}
