import { InvalidArgument, tool, type Tool } from '@ashlar/core'
import { checkOptions } from './check-options.ts'
import { readCodeTool } from './code/read-code-tool.ts'
import { changeTools } from './edit/change-tools.ts'
import type { JournalPlace } from './edit/edit-journal.ts'
import { execTool, type ExecTool, type ExecToolOptions } from './exec/exec-tool.ts'
import { gitTools, type GitTools } from './git/git-tools.ts'
import { glob } from './glob.ts'
import { grep } from './grep.ts'
import { listDirectory } from './list-directory.ts'
import { readFile } from './read-file.ts'
import { createReadVersions, type ReadVersions } from './read-versions.ts'
import { textTools, type TextTools } from './text/text-tools.ts'
import { fileToText, globToText, grepToText, listingToText } from './to-text.ts'
import { createWorkspace, workspaceOptions, type Workspace, type WorkspaceOptions } from './workspace.ts'

/** The tools by name. Leave some out by destructuring: `const { writeFile: _, ...readTools } = workspaceTools(…)`. */
export type WorkspaceTools = Readonly<
  Record<'readFile' | 'writeFile' | 'editFile' | 'listDirectory' | 'glob' | 'grep', Tool> &
    GitTools &
    TextTools & { readCode: Tool; exec?: ExecTool }
>

export interface WorkspaceToolsOptions extends WorkspaceOptions {
  /** Adds `exec`. Without a policy every command waits for a person, or for that of the plugin `execPolicy()`. @default no exec */
  readonly exec?: ExecToolOptions | undefined
  /** Keeps what files held before a run changed them, for `ashlar undo`; true: at the usual place. @default false */
  readonly undo?: boolean | JournalPlace | undefined
}

const readOnly = { readOnly: true }
const filePath = {
  type: 'string',
  description: 'Path of the file, relative to the workspace root, with "/".',
} as const
const folderPath = {
  type: 'string',
  description: 'Path of the folder, relative to the workspace root. Left out: the root.',
} as const
const includeIgnored = {
  type: 'boolean',
  description: 'Also files that .gitignore leaves out, such as dependencies and build output.',
} as const

const readTool = (workspace: Workspace, versions: ReadVersions): Tool =>
  tool({
    description:
      'Reads a text file, whole or a range of lines. The last line is a note, not of the file: which part and version ' +
      'this is, and where to go on.',
    input: {
      type: 'object',
      properties: {
        path: filePath,
        fromLine: { type: 'integer', minimum: 1, description: 'First line wanted, from 1.' },
        toLine: { type: 'integer', minimum: 1, description: 'Last line wanted.' },
        lineNumbers: { type: 'boolean', description: 'Put its number and a tab before each line.' },
        encoding: {
          enum: ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'],
          description: 'Only for files that are not UTF-8; UTF-16 with a byte order mark is found by itself.',
        },
      },
      required: ['path'],
      additionalProperties: false,
    } as const,
    annotations: readOnly,
    execute: async ({ lineNumbers = false, ...input }, { signal, run }) => {
      const file = await readFile(workspace, { ...input, signal })
      versions.set(run, file.path, file.version)
      return fileToText(file, { lineNumbers })
    },
  })

const listTool = (workspace: Workspace): Tool =>
  tool({
    description:
      'Lists a folder: folders end in "/", links in "@", files carry their size. With depth, folders below it too.',
    input: {
      type: 'object',
      properties: {
        path: folderPath,
        depth: { type: 'integer', minimum: 1, maximum: 20, description: 'Levels to list. Left out: 1.' },
        includeIgnored,
      },
      additionalProperties: false,
    } as const,
    annotations: readOnly,
    execute: async (input, { signal, report }) =>
      listingToText(await listDirectory(workspace, { ...input, signal, onProgress: report })),
  })

const globTool = (workspace: Workspace): Tool =>
  tool({
    description: 'Finds files by name: *, ?, [abc], {a,b}, and ** for every depth. Returns sorted paths.',
    input: {
      type: 'object',
      properties: {
        pattern: { type: 'string', description: 'Such as "**/*.md", relative to path.' },
        path: folderPath,
        includeIgnored,
      },
      required: ['pattern'],
      additionalProperties: false,
    } as const,
    annotations: readOnly,
    execute: async (input, { signal, report }) =>
      globToText(await glob(workspace, { ...input, signal, onProgress: report }), input.pattern),
  })

const grepTool = (workspace: Workspace): Tool =>
  tool({
    description: 'Finds lines in text files by a regular expression, which sees one line at a time.',
    input: {
      type: 'object',
      properties: {
        pattern: {
          type: 'string',
          description: 'A JavaScript regular expression, or plain text with literal.',
        },
        literal: { type: 'boolean', description: 'Take the pattern as plain text.' },
        ignoreCase: { type: 'boolean' },
        path: {
          type: 'string',
          description: 'File or folder to search, relative to the root. Left out: the root.',
        },
        glob: { type: 'string', description: 'Only files like this, such as "*.ts" or "src/**/*.md".' },
        context: { type: 'integer', minimum: 0, maximum: 10, description: 'Lines shown around each match.' },
        includeIgnored,
      },
      required: ['pattern'],
      additionalProperties: false,
    } as const,
    annotations: readOnly,
    execute: async (input, { signal, report }) =>
      grepToText(await grep(workspace, { ...input, signal, onProgress: report })),
  })

/**
 * Tools that read, search and change the files of one folder, and nothing outside it:
 * `createAgent({ model, tools: workspaceTools({ root: 'docs' }) })`.
 * @throws InvalidArgument for an unknown option, and when the root is not a folder or a limit is not a whole number above 0
 */
export const workspaceTools = (options: WorkspaceToolsOptions): WorkspaceTools => {
  const { exec, undo = false, ...rest } = options
  const names: readonly (keyof WorkspaceToolsOptions)[] = ['exec', 'undo']
  checkOptions(options, [...workspaceOptions, ...names])
  if (typeof undo === 'object') checkOptions(undo, ['folder'])
  else if (typeof undo !== 'boolean') throw new InvalidArgument('undo', 'true, false or { folder }', undo)
  const workspace = createWorkspace(rest)
  const versions = createReadVersions(workspace)
  const place = typeof undo === 'object' ? undo : undo ? {} : undefined
  return {
    readFile: readTool(workspace, versions),
    ...changeTools(workspace, { versions, undo: place }),
    listDirectory: listTool(workspace),
    glob: globTool(workspace),
    grep: grepTool(workspace),
    readCode: readCodeTool(workspace),
    ...gitTools(workspace),
    ...textTools(workspace),
    ...(exec && { exec: execTool(workspace, exec) }),
  }
}
