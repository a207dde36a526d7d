import { type CommandIo, exitCode, oneLine } from '@ashlar/command'
import type { PendingCall } from '../view/run-node.ts'
import { cleanText } from '../view/clean.ts'
import { commandLine } from './open-journal.ts'

/** How the run of an agent was named on the command line. */
export interface NamedRun {
  readonly runId: string
  /** The file or name of its agent. */
  readonly agent: string
  readonly journal?: string | undefined
  readonly model?: string | undefined
}

/** Exit code of a run that waits for an approval. */
export const pausedCode = 3

const resumeLine = ({ runId, agent, ...options }: NamedRun, ...more: string[]): string =>
  commandLine(['ashlar', 'runs', 'resume', runId, agent, ...more], options)

/** Lists what a run waits for, and the command that approves it. */
export const sayPaused = (
  pending: readonly PendingCall[],
  { run, io }: { run: NamedRun; io: CommandIo },
): number => {
  const approve = pending.flatMap(({ callId }) => ['--approve', callId])
  const lines = pending.map(({ callId, name, input }) =>
    oneLine(cleanText(`  ${callId}  ${name} ${JSON.stringify(input)}`), 200),
  )
  const noun = pending.length === 1 ? 'call waits' : 'calls wait'
  io.stderr.write(
    `Paused: ${pending.length} ${noun} for an approval\n${lines.map((line) => `  ${line}\n`).join('')}` +
      `Approve: ${resumeLine(run, ...approve)}\nDeny:    ${resumeLine(run, '--deny', `${pending[0]?.callId ?? 'CALL'}=the reason`)}\n`,
  )
  return pausedCode
}

/** Says that a run was left, and how to go on with it. */
export const sayInterrupted = (run: NamedRun, { stderr }: CommandIo): number => {
  stderr.write(`Interrupted; what it did is kept. Go on: ${resumeLine(run)}\n`)
  return exitCode.interrupted
}
