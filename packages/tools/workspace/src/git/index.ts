export { gitDiff, type GitDiff, type GitDiffOptions } from './git-diff.ts'
export { type GitCommit, gitLog, type GitLog, type GitLogOptions } from './git-log.ts'
export {
  gitFile,
  type GitFile,
  type GitFileOptions,
  gitShow,
  type GitShowOptions,
  type ShownCommit,
} from './git-show.ts'
export { gitStatus } from './git-status.ts'
export { gitTools, type GitTools } from './git-tools.ts'
export type { DiffFile } from './parse-changes.ts'
export type { Change, ChangedFile, GitStatus } from './parse-status.ts'
export type { RunGitOptions } from './run-git.ts'
