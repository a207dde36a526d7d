import { stat } from 'node:fs/promises'
import { type RunContext, tool, type Tool } from '@ashlar/core'
import { shownVersion } from '../file-version.ts'
import { locate, relativePath } from '../locate.ts'
import { refuseSpecial } from '../open-file.ts'
import type { ReadVersions } from '../read-versions.ts'
import type { EditJournal } from '../replace-file.ts'
import { showPath, WorkspaceError } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'
import { writeFile } from '../write-file.ts'
import { editFile } from './edit-file.ts'
import { createEditJournal, type JournalPlace } from './edit-journal.ts'

export interface ChangeToolsOptions {
  /** What each run has read; a file that it never read, or that changed since, is refused. */
  readonly versions: ReadVersions
  /** Keep what files held before; undefined: nothing is kept. */
  readonly undo: JournalPlace | undefined
}

const filePath = {
  type: 'string',
  description: 'Path of the file, relative to the workspace root, with "/".',
} as const

/** What the run knows of a file, and its journal. */
interface Known {
  /** Null: there is none. */
  readonly expected: string | null
  readonly journal?: EditJournal | undefined
}

const knownOf = async (
  workspace: Workspace,
  { versions, undo }: ChangeToolsOptions,
  { path, run }: { path: string; run: RunContext },
): Promise<Known> => {
  const located = await locate(workspace, path).catch((error: unknown) => {
    if (WorkspaceError.isInstance(error) && error.code === 'not-found') return undefined
    throw error
  })
  const journal = undo && createEditJournal(workspace, { runId: run.runId, ...undo })
  if (!located) return { expected: null, journal }
  refuseSpecial(await stat(located.absolute, { bigint: true }), path)
  const expected = versions.get(run, [located.relative, relativePath(workspace, path)])
  if (expected !== undefined) return { expected, journal }
  throw new WorkspaceError(
    `${showPath(path)} exists, and this run has not read it. Read it first, then repeat the change.`,
    { code: 'not-read', path },
  )
}

const edits = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    properties: {
      oldText: {
        type: 'string',
        description: 'Exact text of the file, with enough around it to occur only once.',
      },
      newText: { type: 'string' },
      all: { type: 'boolean', description: 'Replace every occurrence.' },
    },
    required: ['oldText', 'newText'],
    additionalProperties: false,
  },
} as const

/** The tools that change files. */
export const changeTools = (
  workspace: Workspace,
  options: ChangeToolsOptions,
): Readonly<Record<'writeFile' | 'editFile', Tool>> => ({
  writeFile: tool({
    description:
      'Writes a text file as a whole, making the folders above it. Read a file that exists before you replace it.',
    input: {
      type: 'object',
      properties: {
        path: filePath,
        text: { type: 'string', description: 'The whole new text of the file.' },
      },
      required: ['path', 'text'],
      additionalProperties: false,
    } as const,
    annotations: { destructive: true, idempotent: true },
    execute: async (input, { signal, run }) => {
      const known = await knownOf(workspace, options, { path: input.path, run })
      const { path, bytes, created, version } = await writeFile(workspace, { ...input, ...known, signal })
      options.versions.set(run, path, version)
      return `${created ? 'Created' : 'Replaced'} ${showPath(path)} (${bytes} bytes, version ${shownVersion(version)}).`
    },
  }),
  editFile: tool({
    description:
      'Changes part of a text file: replaces exact text (edits), or applies a unified diff (patch). Read the file first.',
    input: {
      type: 'object',
      properties: {
        path: filePath,
        edits,
        patch: { type: 'string', description: 'A unified diff of this one file, instead of edits.' },
      },
      required: ['path'],
      additionalProperties: false,
    } as const,
    annotations: { destructive: true },
    execute: async (input, { signal, run }) => {
      const known = await knownOf(workspace, options, { path: input.path, run })
      const { journal } = known
      const expected = known.expected ?? undefined
      const { path, version, patch } = await editFile(workspace, { ...input, expected, journal, signal })
      options.versions.set(run, path, version)
      const shown = patch.slice(0, 4_000).trimEnd()
      return `Changed ${showPath(path)}.\n${shown}\n(version ${shownVersion(version)})`
    },
  }),
})
