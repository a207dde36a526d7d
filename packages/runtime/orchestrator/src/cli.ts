import { type Command, commandGroup } from '@ashlar/command'
import { cancelCommand } from './commands/cancel-command.ts'
import { listCommand } from './commands/list-command.ts'
import { pageCommand } from './commands/page-command.ts'
import { pruneCommand } from './commands/prune-command.ts'
import { replayCommand } from './commands/replay-command.ts'
import { resumeCommand } from './commands/resume-command.ts'
import { showCommand } from './commands/show-command.ts'
import { startCommand } from './commands/start-command.ts'
import { watchCommand } from './commands/watch-command.ts'

export { planCommand } from './commands/plan-command.ts'

/** `ashlar runs`: runs that are recorded in a journal. */
export const runsCommand: Command = commandGroup({
  name: 'ashlar runs',
  summary: 'Recorded runs: started, watched, gone on with, replayed, forgotten',
  commands: {
    list: listCommand,
    show: showCommand,
    start: startCommand,
    resume: resumeCommand,
    cancel: cancelCommand,
    replay: replayCommand,
    prune: pruneCommand,
    watch: watchCommand,
    page: pageCommand,
  },
})
