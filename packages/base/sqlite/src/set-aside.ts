import { existsSync, renameSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Recovery } from './database.ts'
import { retryBusy } from './retry-busy.ts'

const nameFor = (file: string): string => {
  const time = new Date().toISOString().replaceAll(':', '-')
  for (let count = 0; ; count += 1) {
    const name = `${file}.corrupt-${time}${count === 0 ? '' : `-${count}`}`
    if (!existsSync(name)) return name
  }
}

/** Moves a damaged file out of the way, with what belongs to it. Nothing is deleted. */
export const setAside = (file: string, reason: string): Recovery => {
  const aside = nameFor(file)
  for (const ending of ['', '-wal', '-shm'])
    if (existsSync(file + ending)) renameSync(file + ending, aside + ending)
  const message = `${file} was damaged (${reason}). It is now ${aside}, and a fresh one was made in its place.`
  return { file, setAside: aside, reason, message }
}

/** Which file a name stands for; undefined when there is none. */
export const inodeOf = (file: string): bigint | undefined =>
  statSync(file, { bigint: true, throwIfNoEntry: false })?.ino

/**
 * Only one process at a time does this work for a file. The lock is SQLite's own, so that it ends with a process
 * that is killed; its empty file stays, because taking it away would let two in.
 */
export const underRecoveryLock = <T>(file: string, timeoutMs: number, work: () => T): T => {
  const lock = new DatabaseSync(`${file}.recovery-lock`)
  try {
    retryBusy(() => lock.exec('BEGIN EXCLUSIVE'), timeoutMs)
    return work()
  } finally {
    lock.close()
  }
}
