export type { ConflictHunk, FileConflict } from './conflicts.ts'
export {
  withWorktrees,
  type WorktreeOutcome,
  type WorktreesOptions,
  type WorktreesResult,
} from './with-worktrees.ts'
export { WorktreeError, type WorktreeErrorCode } from './worktree-error.ts'
export type { Worktree } from './worktree-task.ts'
