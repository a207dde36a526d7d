import { type CommandIo, exitCode, oneLine } from '@ashlar/command'
import { RunCancelled } from '../graph-errors.ts'
import type { PendingCall } from '../view/run-node.ts'
import { cleanText } from '../view/clean.ts'
import { commandLine } from './open-journal.ts'

/** How the run of an agent, or of a plan, was named on the command line. */
export interface NamedRun {
  readonly runId: string
  /** The file or name of its agent; of a plan, the file of its agents. */
  readonly agent: string
  readonly isPlan?: boolean
  readonly version?: string | undefined
  readonly journal?: string | undefined
  readonly model?: string | undefined
}

/** Exit code of a run that waits for an approval. */
export const pausedCode = 3

/** The command that goes on with a run. */
export const resumeLine = (run: NamedRun, ...more: string[]): string => {
  const { runId, agent, isPlan = false, version, ...options } = run
  const words = isPlan
    ? ['ashlar', 'plan', '--resume', runId, '--agents', agent, '--yes']
    : ['ashlar', 'runs', 'resume', runId, agent]
  return commandLine([...words, ...(version === undefined ? [] : ['--version', version]), ...more], options)
}

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

/** Whether a run was cancelled from elsewhere: that comes as the cause of an error. */
export const isCancelledElsewhere = (error: unknown): boolean => {
  for (let one = error; one instanceof Error; one = one.cause) if (RunCancelled.isInstance(one)) return true
  return false
}

/** Says that a run was cancelled from elsewhere, and how to go on with it. */
export const sayCancelledElsewhere = (run: NamedRun, { stderr }: CommandIo): number => {
  stderr.write(`Cancelled from elsewhere; what it did is kept. Go on: ${resumeLine(run)}\n`)
  return exitCode.failed
}
