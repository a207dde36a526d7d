import { type Command, defineCommand, table } from '@ashlar/command'
import { listEdits, undoEdits } from './edit/undo-edits.ts'
import { showPath, WorkspaceError } from './workspace-error.ts'
import { createWorkspace } from './workspace.ts'

/** `ashlar undo [--run ID] [--list] [--root DIR] [--state DIR] [--json]`: takes back what a run did to files. */
export const undoCommand: Command = defineCommand({
  name: 'ashlar undo',
  summary: 'Gives the files that a run changed their old content again.',
  options: {
    run: { type: 'string', value: 'id', description: 'the run to undo (default: the latest one)' },
    list: { type: 'boolean', description: 'only show the runs that can be undone' },
    root: { type: 'string', value: 'folder', description: 'the workspace (default: this folder)' },
    state: { type: 'string', value: 'folder', description: 'where journals are kept' },
    json: { type: 'boolean', description: 'print JSON' },
  },
  details:
    'Refuses when a file was changed by somebody else since. Exit codes: 0 done, 1 refused, 2 wrong arguments.',
  run: async ({ values: { run, list, root, state, json } }, io) => {
    const workspace = createWorkspace({ root: root ?? io.cwd, secrets: 'allow' })
    const runs = await listEdits(workspace, { folder: state })
    if (list) {
      const rows = runs.map(({ runId, at, paths }) => [
        runId,
        new Date(at).toISOString(),
        paths.map(showPath).join(' '),
      ])
      io.stdout.write(
        json ? `${JSON.stringify(runs)}\n` : rows.length > 0 ? table(rows) : 'Nothing can be undone here.\n',
      )
      return
    }
    const runId = run ?? runs[0]?.runId
    if (runId === undefined)
      throw new WorkspaceError('Nothing can be undone here: no run kept what it changed.', {
        code: 'undo',
        path: '.',
      })
    const undone = await undoEdits(workspace, { runId, folder: state })
    const lines = [
      ...undone.restored.map((path) => `restored ${showPath(path)}\n`),
      ...undone.removed.map((path) => `removed ${showPath(path)}\n`),
    ]
    io.stdout.write(json ? `${JSON.stringify({ runId, ...undone })}\n` : lines.join(''))
  },
})
