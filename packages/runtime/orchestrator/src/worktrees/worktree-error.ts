import { AshlarError } from '@ashlar/core'
import { isNamed } from '../is-named.ts'

/**
 * `not-a-repository`: no work tree of git, or one without a commit. `dirty`: it has changes that are in no commit.
 * `busy`: a merge or rebase is under way. `moved`: it changed meanwhile, so nothing was merged. `git`: git failed.
 */
export type WorktreeErrorCode = 'not-a-repository' | 'dirty' | 'busy' | 'moved' | 'git'

/** Work in worktrees could not begin, or could not be merged. The repository is as it was. */
export class WorktreeError extends AshlarError {
  override name = 'WorktreeError'
  declare readonly code: WorktreeErrorCode
  static override isInstance(error: unknown): error is WorktreeError {
    return isNamed(error, 'WorktreeError')
  }
}
