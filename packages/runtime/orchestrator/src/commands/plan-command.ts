import {
  type Command,
  type CommandIo,
  defineCommand,
  exitCode,
  inputLines,
  type ModelChoice,
  printable,
  readInput,
} from '@ashlar/command'
import { isObject } from '@ashlar/core'
import { InvalidArgument } from '@ashlar/core/errors'
import type { AgentGraphTask } from '../agent-work.ts'
import type { Journal } from '../durable/journal.ts'
import { plansIn } from '../durable/recorded-plans.ts'
import { modelPlanner } from '../model-planner.ts'
import { describePlan, graphOf, type Plan, type Planner } from '../plan.ts'
import { rulePlanner } from '../rule-planner.ts'
import { cleanText } from '../view/clean.ts'
import type { PendingCall } from '../view/run-node.ts'
import { pendingOf } from '../view/run-view.ts'
import { approvalOptions, type Approvals, approvalsIn, checkCalls } from './approval-options.ts'
import { anyVersionOption, codeVersion, sameVersion, versionOption } from './code-version.ts'
import { findRun } from './find-run.ts'
import { type AgentsFile, loadAgents } from './load-agents.ts'
import { journalOption, withJournal } from './open-journal.ts'
import { type NamedRun, resumeLine, sayCancelledElsewhere, sayInterrupted, sayPaused } from './run-end.ts'
import { runRecordedPlan } from './run-recorded-plan.ts'

const isOffline = ({ model }: ModelChoice): boolean =>
  model.provider === 'local' && model.modelId.startsWith('offline')

const plannerOf = async (
  { agents, synthesiser }: AgentsFile,
  { choice, io }: { readonly choice: ModelChoice; readonly io: CommandIo },
): Promise<Planner> =>
  isOffline(choice)
    ? rulePlanner({ agents, ...(synthesiser !== undefined && { synthesiser }) })
    : modelPlanner({
        model: choice.model,
        agents,
        plugins: await io.agentPlugins(),
        ...(synthesiser !== undefined && {
          instructions: `End with one task for "${synthesiser}", which answers the goal.`,
        }),
      })

const isTask = (value: unknown): value is AgentGraphTask =>
  isObject(value) && ['id', 'agentId', 'input'].every((name) => typeof value[name] === 'string')

/** The plan of a run that was begun before, or the one that took over from it last. */
const recordedPlan = async (journal: Journal, runId: string): Promise<Plan> => {
  const { input } = await findRun(journal, runId)
  const { goal, tasks: first } = isObject(input) ? input : {}
  const steps = new Map((await journal.steps(runId)).map((step) => [step.key, step]))
  const tasks: unknown = plansIn(steps, runId).at(-1) ?? first
  if (!Array.isArray(tasks) || !tasks.every(isTask))
    throw new InvalidArgument(
      '--resume',
      'the run of a plan: an agent is gone on with by ashlar runs resume',
      runId,
    )
  return { goal: typeof goal === 'string' ? goal : runId, tasks }
}

const isConfirmed = async (io: CommandIo): Promise<boolean> => {
  if (!io.stdin.isTTY || !io.stderr.isTTY)
    throw new InvalidArgument('--run', 'somebody to ask, or --yes', 'no terminal')
  io.stderr.write('Run it? [y/N] ')
  for await (const line of inputLines(io)) return /^y(?:es)?$/i.test(line.trim())
  return false
}

interface Wanted {
  readonly goal: string | undefined
  readonly runId: string | undefined
  readonly files: {
    readonly agents: string
    readonly journal: string | undefined
    readonly model: string | undefined
  }
  readonly how: { readonly run: boolean; readonly yes: boolean; readonly json: boolean }
  readonly approvals: Approvals
  readonly code: { readonly version: string | undefined; readonly any: boolean }
}

/** A plan that may run, and the version of its code; what it waits for when it does. */
interface Begun {
  readonly plan: Plan
  readonly version: string
  readonly waits?: readonly PendingCall[]
}

/** The plan of a run that was begun before. @throws InvalidArgument for an answer to what does not wait */
const begun = async (
  journal: Journal,
  { runId, now, wanted }: { readonly runId: string; readonly now: string; readonly wanted: Wanted },
): Promise<Begun> => {
  const { approvals, code } = wanted
  const plan = await recordedPlan(journal, runId)
  const record = await findRun(journal, runId)
  const version = record.state === 'done' ? record.version : sameVersion(record, { now, any: code.any })
  const pending = pendingOf(record)
  checkCalls(approvals, pending)
  const waits = pending.length > 0 && Object.keys(approvals).length === 0
  return { plan, version, ...(waits && { waits: pending }) }
}

const namedRun = (runId: string, { files, code: { version } }: Wanted): NamedRun => ({
  runId,
  agent: files.agents,
  isPlan: true,
  journal: files.journal,
  model: files.model,
  version,
})

const runPlanned = async (
  { plan, version }: Begun,
  {
    file,
    wanted,
    choice,
    planner,
  }: { file: AgentsFile; wanted: Wanted; choice: ModelChoice; planner: Planner },
  io: CommandIo,
): Promise<number> => {
  const { files, how } = wanted
  const runId = wanted.runId ?? crypto.randomUUID()
  const ended = await withJournal({ journal: files.journal, create: true }, io, (journal) =>
    runRecordedPlan(plan, {
      journal,
      runId,
      file,
      choice,
      planner,
      version,
      approvals: wanted.approvals,
      approve: () => how.yes || isConfirmed(io),
      io,
    }),
  )
  const { result, answer } = ended
  if (how.json)
    io.stdout.write(`${JSON.stringify({ runId, state: result.state, ...answer, pending: result.pending })}\n`)
  else if (answer.text !== '') io.stdout.write(`${printable(answer.text)}\n`)
  const run = namedRun(runId, wanted)
  if (result.state === 'paused')
    return sayPaused(
      result.pending.map(({ id: callId, name, input }) => ({ callId, name, input })),
      { run, io },
    )
  if (answer.missing.length > 0)
    io.stderr.write(
      `Partial: nothing from ${answer.missing.map(({ id, state }) => `${id} (${state})`).join(', ')}\n`,
    )
  if (result.state === 'success') return exitCode.ok
  if (io.signal.aborted) return sayInterrupted(run, io)
  if (result.state === 'cancelled') return sayCancelledElsewhere(run, io)
  io.stderr.write(`Failed; what succeeded is kept. Go on: ${resumeLine(run)}\n`)
  return exitCode.failed
}

const planAndRun = async (wanted: Wanted, io: CommandIo): Promise<number> => {
  const { goal, runId, files, how, code } = wanted
  const file = await loadAgents(files.agents, io.cwd)
  const choice = await io.chooseModel(files.model)
  const planner = await plannerOf(file, { choice, io })
  const now = await codeVersion(files.agents, { version: code.version, cwd: io.cwd })
  const first: Begun =
    runId === undefined
      ? { plan: await planner.plan(goal ?? '', { signal: io.signal }), version: now }
      : await withJournal({ journal: files.journal }, io, (journal) => begun(journal, { runId, now, wanted }))
  const { plan, waits } = first
  if (runId !== undefined && waits) return sayPaused(waits, { run: namedRun(runId, wanted), io })
  graphOf(plan, file.agents)
  const willRun = how.run || how.yes || runId !== undefined
  if (how.json) {
    if (!willRun) io.stdout.write(`${JSON.stringify(plan)}\n`)
  } else (willRun ? io.stderr : io.stdout).write(`${cleanText(describePlan(plan))}\n`)
  if (!willRun || (!how.yes && !(await isConfirmed(io)))) return exitCode.ok
  return runPlanned(first, { file, wanted, choice, planner }, io)
}

/** `ashlar plan <goal> --agents FILE`: breaks a goal into tasks for agents, shows them, and runs them. */
export const planCommand: Command = defineCommand({
  name: 'ashlar plan',
  summary: 'Breaks a goal into tasks for agents, shows the plan, and runs it',
  positionals: { usage: '<goal|->', min: 0, max: 1 },
  options: {
    ...journalOption,
    agents: {
      type: 'string',
      value: 'file',
      description: 'exports agents, and perhaps tools, plugins and synthesiser; needed',
    },
    model: { type: 'string', value: 'id', description: 'plans and works; the offline one plans by rules' },
    run: { type: 'boolean', description: 'run the plan once it was confirmed' },
    yes: { type: 'boolean', short: 'y', description: 'run the plan' },
    resume: {
      type: 'string',
      value: 'id',
      description: 'go on with a plan that was begun, instead of a goal',
    },
    ...approvalOptions,
    ...versionOption,
    ...anyVersionOption,
    json: { type: 'boolean', description: 'the plan, or what came of it, as one line of JSON' },
  },
  details:
    'A plan that waits for approvals lists them; --resume with --approve and --deny goes on.\n\n' +
    'Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 paused for an approval, 130 interrupted (it can be resumed).',
  run: async ({ values, positionals: [goal] }, io) => {
    const { agents, journal, model, resume, run, yes, json, version, approve = [], deny = [] } = values
    if (agents === undefined) throw new InvalidArgument('--agents', 'a file that exports agents', 'nothing')
    if ((goal === undefined) === (resume === undefined) || goal?.trim() === '')
      throw new InvalidArgument('arguments', 'a goal, or --resume <id>', goal ?? 'neither')
    const approvals = approvalsIn(approve, deny)
    if (resume === undefined) checkCalls(approvals, [])
    const asked = goal === '-' ? Buffer.from(await readInput('-', io)).toString() : goal
    const code = { version, any: values['any-version'] }
    const files = { agents, journal, model }
    return planAndRun({ goal: asked, runId: resume, files, how: { run, yes, json }, approvals, code }, io)
  },
})
