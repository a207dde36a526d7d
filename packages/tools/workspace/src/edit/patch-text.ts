import { applyPatch, parsePatch } from 'diff'
import { showPath, WorkspaceError } from '../workspace-error.ts'

/** Applies a unified diff of one file; the context must match, at its line or near it. @throws WorkspaceError */
export const patchText = (original: string, patch: string, path: string): string => {
  const fail = (why: string, cause?: unknown): WorkspaceError =>
    new WorkspaceError(`The patch does not fit ${showPath(path)}: ${why}`, { code: 'patch', path }, { cause })
  let patches
  try {
    patches = parsePatch(patch)
  } catch (error) {
    throw fail(`${error instanceof Error ? error.message : 'it cannot be read'}.`, error)
  }
  const [only, ...others] = patches.filter(({ hunks }) => hunks.length > 0)
  if (!only || others.length > 0) throw fail('it must be a unified diff of this one file, with "@@" lines.')
  const patched = applyPatch(original, only)
  if (patched === false)
    throw fail('its lines are not those of the file. Read the file again, or replace text instead.')
  return patched
}
