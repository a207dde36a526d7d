import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { insidePath, refuseGitInternal, relativeTo } from './inside-path.ts'
import { fromSystemError, showPath, WorkspaceError } from './workspace-error.ts'
import type { Workspace } from './workspace.ts'

/** Something that exists inside the root, links resolved. */
export interface Located {
  /** Relative to the root, with `/`. */
  readonly relative: string
  readonly absolute: string
}

/** The path in its lexical form: relative to the root, with `/`. @throws WorkspaceError when it leads outside */
export const relativePath = (workspace: Workspace, path: string): string =>
  insidePath(path, { roots: [workspace.root, workspace.givenRoot] })

/** Says where a resolved path is inside the root. @throws WorkspaceError when a link led outside or into `.git` */
export const locateReal = (workspace: Workspace, absolute: string, path: string): Located => {
  const relative = relativeTo(workspace.root, absolute)
  if (relative === undefined)
    throw new WorkspaceError(
      `${showPath(path)} leads outside the workspace through a symbolic link. Use a file inside it.`,
      { code: 'outside-workspace', path },
    )
  refuseGitInternal(relative, path)
  return { relative, absolute }
}

/** Finds what a path names, following links that stay inside. @throws WorkspaceError when it is missing or outside */
export const locate = async (workspace: Workspace, path: string): Promise<Located> => {
  const relative = relativePath(workspace, path)
  try {
    return locateReal(workspace, await realpath(join(workspace.root, relative)), path)
  } catch (error) {
    throw fromSystemError(error, path)
  }
}
