import { tool, type Tool } from '@ashlar/core'
import { showPath } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'
import { gitDiff } from './git-diff.ts'
import { gitLog } from './git-log.ts'
import { gitFile, gitShow } from './git-show.ts'
import { gitStatus } from './git-status.ts'
import { commitsToText, diffToText, statusToText } from './git-to-text.ts'

const readOnly = { readOnly: true }
const revision = {
  type: 'string',
  description: 'A hash, branch or tag, such as "HEAD~2". Left out: HEAD.',
} as const
const paths = {
  type: 'array',
  items: { type: 'string' },
  description: 'Only these files and folders, relative to the root.',
} as const
const context = {
  type: 'integer',
  minimum: 0,
  maximum: 50,
  description: 'Lines around each change.',
} as const

const statusTool = (workspace: Workspace): Tool =>
  tool({
    description: 'Shows the branch of the git repository and which files differ from the last commit.',
    annotations: readOnly,
    execute: async (_, { signal }) => statusToText(await gitStatus(workspace, { signal })),
  })

const diffTool = (workspace: Workspace): Tool =>
  tool({
    description: 'Shows changes as a unified diff: not yet staged, staged, or between two commits.',
    input: {
      type: 'object',
      properties: {
        staged: { type: 'boolean', description: 'What the next commit would hold.' },
        from: { type: 'string', description: 'The commit to compare with.' },
        to: { type: 'string', description: 'The commit that is compared. Left out: the files as they are.' },
        paths,
        context,
      },
      additionalProperties: false,
    } as const,
    annotations: readOnly,
    execute: async (input, { signal }) => diffToText(await gitDiff(workspace, { ...input, signal })),
  })

const logTool = (workspace: Workspace): Tool =>
  tool({
    description: 'Lists commits, newest first.',
    input: {
      type: 'object',
      properties: {
        revision,
        limit: { type: 'integer', minimum: 1, maximum: 1_000, description: 'Left out: 20.' },
        path: { type: 'string', description: 'Only commits that changed this file or folder.' },
      },
      additionalProperties: false,
    } as const,
    annotations: readOnly,
    execute: async (input, { signal }) => commitsToText(await gitLog(workspace, { ...input, signal })),
  })

const showTool = (workspace: Workspace): Tool =>
  tool({
    description: 'Shows a commit and what it changed, or with file: a file as it was in that commit.',
    input: {
      type: 'object',
      properties: {
        revision,
        file: { type: 'string', description: 'Show this file as it was, instead of the changes.' },
        paths,
        context,
      },
      additionalProperties: false,
    } as const,
    annotations: readOnly,
    execute: async ({ file, ...input }, { signal }) => {
      if (file !== undefined) {
        const { text, truncated } = await gitFile(workspace, { ...input, path: file, signal })
        return truncated ? `${text}\n(the rest is cut off)` : text || `(${showPath(file)} is empty)`
      }
      const { commit, ...diff } = await gitShow(workspace, { ...input, signal })
      return `${commitsToText({ commits: [commit], truncated: false })}\n${diffToText(diff)}`
    },
  })

/** The tools by name. */
export type GitTools = Readonly<Record<'gitStatus' | 'gitDiff' | 'gitLog' | 'gitShow', Tool>>

/** Tools that read the git repository of a workspace and change nothing. */
export const gitTools = (workspace: Workspace): GitTools => ({
  gitStatus: statusTool(workspace),
  gitDiff: diffTool(workspace),
  gitLog: logTool(workspace),
  gitShow: showTool(workspace),
})
