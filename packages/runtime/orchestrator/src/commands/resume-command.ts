import { type Command, type CommandIo, defineCommand, exitCode, oneLine, printable } from '@ashlar/command'
import { isObject } from '@ashlar/core'
import { InvalidArgument } from '@ashlar/core/errors'
import { durableRuns } from '../durable/durable-runs.ts'
import type { Journal, RunRecord } from '../durable/journal.ts'
import { cleanText } from '../view/clean.ts'
import { pendingOf } from '../view/run-view.ts'
import { approvalOptions, type Approvals, approvalsIn, checkCalls } from './approval-options.ts'
import { anyVersionOption, codeVersion, sameVersion, versionOption } from './code-version.ts'
import { findRun } from './find-run.ts'
import { journalOption, withJournal } from './open-journal.ts'
import {
  isCancelledElsewhere,
  type NamedRun,
  sayCancelledElsewhere,
  sayInterrupted,
  sayPaused,
} from './run-end.ts'
import { endOf, leaseMs, mustBeRecorded, seen } from './start-command.ts'

const saidBefore = ({ result }: RunRecord, { stdout, stderr }: CommandIo): number => {
  const text = isObject(result) && typeof result['text'] === 'string' ? result['text'] : ''
  stderr.write('It was done before; this is what it said\n')
  stdout.write(`${cleanText(text)}\n`)
  return exitCode.ok
}

const resume = async (
  journal: Journal,
  { run, approvals, any, io }: { run: NamedRun; approvals: Approvals; any: boolean; io: CommandIo },
): Promise<number> => {
  const record = await findRun(journal, run.runId)
  if (record.state === 'done') return saidBefore(record, io)
  if (!isObject(record.input) || !Array.isArray(record.input['messages']))
    throw new InvalidArgument(
      'id',
      `the run of an agent: a plan is gone on with by ashlar plan --resume ${run.runId} --agents <file>`,
      run.runId,
    )
  const now = await codeVersion(run.agent, { version: run.version, cwd: io.cwd })
  const version = sameVersion(record, { now, any })
  const pending = pendingOf(record)
  checkCalls(approvals, pending)
  if (record.state === 'paused' && pending.length > 0 && Object.keys(approvals).length === 0)
    return sayPaused(pending, { run, io })
  const runs = durableRuns(journal, {
    leaseMs,
    version,
    deltas: true,
    onAgentChange: (change) => io.stderr.write(`Since it was recorded: ${oneLine(cleanText(change), 200)}\n`),
  })
  const { plugin, isUsed } = seen(runs.plugin)
  const agent = await io.loadAgent(run.agent, { model: run.model, plugins: [plugin] })
  io.stderr.write(`Run ${oneLine(run.runId, 200)}\n`)
  try {
    const given = Object.keys(approvals).length > 0 ? { approvals } : {}
    const result = await runs.resume(agent, run.runId, { ...given, signal: io.signal })
    mustBeRecorded(isUsed(), run.agent)
    if (result.text !== '') io.stdout.write(`${printable(result.text)}\n`)
    return endOf(result, { run, io })
  } catch (error) {
    if (isCancelledElsewhere(error)) return sayCancelledElsewhere(run, io)
    if (!io.signal.aborted) throw error
    return sayInterrupted(run, io)
  }
}

/** `ashlar runs resume <id> <agent>`: goes on with a run. */
export const resumeCommand: Command = defineCommand({
  name: 'ashlar runs resume',
  summary: 'Goes on with a run that paused, failed or was interrupted',
  positionals: { usage: '<id> <agent>', min: 2 },
  options: {
    ...journalOption,
    model: { type: 'string', value: 'id', description: 'as of ashlar run' },
    ...versionOption,
    ...anyVersionOption,
    ...approvalOptions,
  },
  details:
    'Without approvals, a run that paused only lists what it waits for.\n\n' +
    'Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 paused for an approval, 130 interrupted.',
  run: async ({ values, positionals: [runId = '', target = ''] }, io) => {
    const { journal: file, model, version, approve = [], deny = [], 'any-version': any } = values
    const approvals = approvalsIn(approve, deny)
    const run = { runId, agent: target, journal: file, model, version }
    return withJournal({ journal: file }, io, (journal) => resume(journal, { run, approvals, any, io }))
  },
})
