import { type Command, defineCommand, table } from '@ashlar/command'
import { listEdits, otherRoots, type UndoableRun, undoEdits } from './edit/undo-edits.ts'
import { showPath, WorkspaceError } from './workspace-error.ts'
import { createWorkspace } from './workspace.ts'

/** Why there is nothing, and where there is something. */
const nothing = (others: readonly string[]): string => {
  const hint = others.map((root) => `ashlar undo --root ${showPath(root)}`).join(', ')
  return others.length > 0
    ? `Nothing can be undone here, but in ${others.length === 1 ? 'another workspace' : 'other workspaces'}: ${hint}.`
    : 'Nothing can be undone here: no run kept what it changed. Tools keep it where they are made with undo: true.'
}

const damages = (runs: readonly UndoableRun[]): string =>
  runs
    .flatMap(({ damaged = [] }) => damaged)
    .map((file) => `damaged: ${showPath(file)}\n`)
    .join('')

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
    const none = async (): Promise<string> => nothing(await otherRoots(workspace, { folder: state }))
    const whole = runs.filter(({ damaged }) => !damaged)
    io.stderr.write(damages(runs))
    if (list) {
      const rows = whole.map(({ runId, at, paths }) => [
        runId,
        new Date(at).toISOString(),
        paths.map(showPath).join(' '),
      ])
      io.stdout.write(
        json ? `${JSON.stringify(runs)}\n` : rows.length > 0 ? table(rows) : `${await none()}\n`,
      )
      return
    }
    const runId = run ?? whole[0]?.runId
    if (runId === undefined) throw new WorkspaceError(await none(), { code: 'undo', path: '.' })
    const undone = await undoEdits(workspace, { runId, folder: state })
    const lines = [
      ...undone.restored.map((path) => `restored ${showPath(path)}\n`),
      ...undone.removed.map((path) => `removed ${showPath(path)}\n`),
    ]
    io.stdout.write(json ? `${JSON.stringify({ runId, ...undone })}\n` : lines.join(''))
  },
})
