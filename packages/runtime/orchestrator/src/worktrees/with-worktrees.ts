import { randomBytes } from 'node:crypto'
import { mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvalidArgument } from '@ashlar/core'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { requireCount } from '../together/line.ts'
import { createSemaphore } from '../together/semaphore.ts'
import type { FileConflict } from './conflicts.ts'
import { removeRun, sweepRuns, writeMarker } from './marker.ts'
import { fastForward, mergeCommits, openRepository, type Repository } from './repository.ts'
import { commitWork, openWorktree, type Worktree } from './worktree-task.ts'

export interface WorktreesOptions {
  /** Tasks that work at once. @default 4 */
  readonly concurrency?: number
  readonly signal?: AbortSignal
  /** How long work that was aborted is waited for, in milliseconds; it is left behind after that. @default 1_000 */
  readonly graceMs?: number
  /** Where the worktrees are made. @default the system's folder for temporary files */
  readonly folder?: string
  /** `skip` leaves out what conflicts and merges the rest; `hold` merges nothing then. @default 'skip' */
  readonly onConflict?: 'skip' | 'hold'
  readonly clock?: Clock
}

/** What came of a task. */
export interface WorktreeOutcome<Output> {
  readonly id: string
  /** `held`: it could be merged, but another could not, and `onConflict` is `hold`. */
  readonly state: 'merged' | 'unchanged' | 'conflict' | 'held' | 'failed'
  /** What the work gave, unless it failed. */
  readonly output?: Output
  /** Of a failure: nothing of it is merged. */
  readonly error?: unknown
  /** The files that it changed. */
  readonly files: readonly string[]
  /** Why it is not merged, by file. */
  readonly conflicts: readonly FileConflict[]
  /** The branch with its changes, kept because they are not merged. */
  readonly branch?: string
}

export interface WorktreesResult<Output> {
  /** The commit before. */
  readonly base: string
  /** The commit after; the same when nothing was merged. */
  readonly head: string
  /** In the order of the tasks. */
  readonly tasks: readonly WorktreeOutcome<Output>[]
}

type Done<Output> =
  | { readonly id: string; readonly error: unknown }
  | {
      readonly id: string
      readonly output: Output
      readonly branch: string
      readonly commit: string
      readonly files: readonly string[]
    }

const checkTasks = (tasks: readonly { readonly id: string }[]): void => {
  const seen = new Set<string>()
  for (const { id } of tasks) {
    // Names of folders and branches, on every system.
    if (!/^[A-Za-z0-9][\w-]{0,99}$/.test(id))
      throw new InvalidArgument(
        'tasks',
        'ids of 1 to 100 letters, digits, _ or -, a letter or digit first',
        id,
      )
    if (seen.has(id.toLowerCase())) throw new InvalidArgument('tasks', 'ids that differ', id)
    seen.add(id.toLowerCase())
  }
}

/** The work, or its abort once it has had its time to end. */
const inGrace = async <T>(
  work: Promise<T>,
  { signal, graceMs, clock }: { signal: AbortSignal; graceMs: number; clock: Clock },
): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>()
  let timer: unknown
  const abort = (): void => {
    timer = clock.setTimeout(() => reject(signal.reason), graceMs)
  }
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, late])
  } finally {
    signal.removeEventListener('abort', abort)
    clock.clearTimeout(timer)
  }
}

/** Merges what the tasks made, one after the other, in the objects of git alone; the files come last, all at once. */
const mergeAll = async <Output>(
  repository: Repository,
  done: readonly Done<Output>[],
  onConflict: 'skip' | 'hold',
): Promise<WorktreesResult<Output>> => {
  const { head: base, folder } = repository
  let head = base
  const tasks: WorktreeOutcome<Output>[] = []
  for (const one of done) {
    if ('error' in one) {
      tasks.push({ id: one.id, state: 'failed', error: one.error, files: [], conflicts: [] })
      continue
    }
    const { id, output, files, branch, commit } = one
    if (files.length === 0) {
      tasks.push({ id, state: 'unchanged', output, files, conflicts: [] })
      continue
    }
    const merge = await mergeCommits(folder, { tip: head, commit, message: `Merge ${id}` })
    if ('commit' in merge) {
      head = merge.commit
      tasks.push({ id, state: 'merged', output, files, conflicts: [] })
    } else tasks.push({ id, state: 'conflict', output, files, branch, conflicts: merge.conflicts })
  }
  if (onConflict === 'hold' && tasks.some(({ state }) => state === 'conflict')) {
    const branches = new Map(done.map((one) => [one.id, 'branch' in one ? one.branch : '']))
    const held = tasks.map((task) =>
      task.state === 'merged'
        ? { ...task, state: 'held' as const, branch: branches.get(task.id) ?? '' }
        : task,
    )
    return { base, head: base, tasks: held }
  }
  if (head !== base) await fastForward(repository, head)
  return { base, head, tasks }
}

/** Lets every task work in a worktree of its own, and commits what it changed. */
const workAll = async <T extends { readonly id: string }, Output>(
  { repository, tasks, ...run }: { repository: Repository; tasks: readonly T[]; runId: string; root: string },
  work: (task: T, worktree: Worktree) => Output | Promise<Output>,
  {
    concurrency = 4,
    signal = new AbortController().signal,
    graceMs = 1_000,
    clock = systemClock,
  }: WorktreesOptions,
): Promise<Done<Output>[]> => {
  const places = createSemaphore(concurrency)
  // Git writes what it knows of all worktrees in one place.
  const turn = createSemaphore(1)
  const workOn = async (task: T): Promise<Done<Output>> => {
    const { id } = task
    try {
      const { gitDir, ...open } = await turn.run(() => openWorktree(repository, { ...run, id }), signal)
      signal.throwIfAborted()
      const working = (async () => work(task, { ...open, signal }))()
      const output = await inGrace(working, { signal, graceMs, clock })
      signal.throwIfAborted()
      const made = await turn.run(() => commitWork({ ...open, gitDir }, `Work of ${id}`), signal)
      return { id, output, branch: open.branch, ...made }
    } catch (error) {
      return { id, error }
    }
  }
  const done = await Promise.all(tasks.map((task) => places.run(() => workOn(task))))
  signal.throwIfAborted()
  return done
}

/**
 * Lets tasks change a repository at the same time without seeing each other: each works in a worktree of git on a branch
 * of its own, and what they changed is merged in the order of the tasks. A task is merged whole or not at all; what
 * conflicts is reported by file and hunk, and kept on its branch. The worktrees are always removed: by the next call,
 * if this process is killed.
 * @throws WorktreeError when the repository is not clean, or changed meanwhile; InvalidArgument; the signal's reason
 */
export const withWorktrees = async <T extends { readonly id: string }, Output>(
  { repo, tasks }: { readonly repo: string; readonly tasks: readonly T[] },
  work: (task: T, worktree: Worktree) => Output | Promise<Output>,
  options: WorktreesOptions = {},
): Promise<WorktreesResult<Output>> => {
  const { concurrency = 4, signal, folder = tmpdir(), onConflict = 'skip' } = options
  checkTasks(tasks)
  requireCount('concurrency', concurrency)
  signal?.throwIfAborted()
  const repository = await openRepository(repo)
  await sweepRuns(repository)
  const runId = randomBytes(6).toString('hex')
  const root = await realpath(await mkdtemp(join(folder, 'ashlar-worktrees-')))
  const run = { runId, root }
  let keep = new Set<string>()
  try {
    await writeMarker(repository, run)
    const done = await workAll({ repository, tasks, ...run }, work, options)
    // Kept until it is known what is merged.
    keep = new Set(done.flatMap((one) => ('branch' in one ? [`refs/heads/${one.branch}`] : [])))
    const result = await mergeAll(repository, done, onConflict)
    keep = new Set(result.tasks.flatMap(({ branch }) => (branch ? [`refs/heads/${branch}`] : [])))
    return result
  } finally {
    await removeRun(repository, run, keep)
  }
}
