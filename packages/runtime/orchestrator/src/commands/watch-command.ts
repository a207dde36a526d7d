import {
  type Command,
  type CommandIo,
  type CommandOutput,
  defineCommand,
  exitCode,
  oneLine,
} from '@ashlar/command'
import { systemClock } from '@ashlar/core/clock'
import { InvalidArgument } from '@ashlar/core/errors'
import type { Journal } from '../durable/journal.ts'
import { followRun } from '../view/follow-run.ts'
import type { RunNode, RunView } from '../view/run-node.ts'
import { signs } from '../view/signs.ts'
import { findRun } from './find-run.ts'
import { journalOption, withJournal } from './open-journal.ts'
import { pausedCode } from './run-end.ts'
import { costOfRun } from './run-cost.ts'
import { noteOf, tokens } from './show-run.ts'
import { headOf, type Moment, screenOf } from './watch-screen.ts'

type Draw = (view: RunView, moment: Moment) => void

/** Draws over what was drawn before. */
const screen = (output: CommandOutput, { env }: Pick<CommandIo, 'env'>): Draw => {
  let drawn = 0
  return (view, moment) => {
    const size = { columns: output.columns ?? 80, rows: output.rows ?? 24, colours: !env['NO_COLOR'] }
    const lines = screenOf(view, size, moment)
    // Whatever is wider than it seems ends at the edge, so that as many lines are drawn as are counted.
    const back = `\u001B[?7l${drawn > 0 ? `\u001B[${drawn}A\r` : ''}`
    drawn = lines.length
    output.write(`${back}${lines.map((line) => `${line}\u001B[K\n`).join('')}\u001B[J\u001B[?7h`)
  }
}

const changeOf = (node: RunNode): string =>
  [`${signs[node.state]} ${node.id} ${node.state}`, node.tokens > 0 ? tokens(node.tokens) : '', noteOf(node)]
    .filter(Boolean)
    .join(' · ')

/** A line for each node whose state changed. */
const lines = (output: CommandOutput): Draw => {
  const before = new Map<string, string>()
  let state = ''
  return (view, moment) => {
    for (const node of view.nodes) {
      const now = `${node.state} ${node.attempts}`
      if (node.state !== 'pending' && before.get(node.id) !== now)
        output.write(`${oneLine(changeOf(node), 200)}\n`)
      before.set(node.id, now)
    }
    if (view.state !== state && (state !== '' || view.state !== 'running'))
      for (const line of headOf(view, moment)) output.write(`${oneLine(line, 200)}\n`)
    state = view.state
  }
}

const latest = async (journal: Journal): Promise<string> => {
  const [run] = [
    ...(await journal.runs({ state: 'running', limit: 1 })),
    ...(await journal.runs({ limit: 1 })),
  ]
  if (!run) throw new InvalidArgument('journal', 'a run to watch', 'none is recorded')
  return run.runId
}

const codes: Readonly<Record<string, number>> = { done: exitCode.ok, paused: pausedCode }

const watch = async (journal: Journal, runId: string, io: CommandIo): Promise<number> => {
  const { stdout, signal } = io
  const draw = stdout.isTTY ? screen(stdout, io) : lines(stdout)
  let view: RunView | undefined
  let cost: string | undefined
  let priced = -1
  const show = (): void => view && draw(view, { now: systemClock.now(), cost })
  // The time goes on where nothing else changes.
  const ticking = stdout.isTTY ? setInterval(show, 1_000) : undefined
  try {
    for await (view of followRun(journal, runId, { signal, intervalMs: 250 })) {
      if (view.modelCalls !== priced) cost = await costOfRun(journal, runId)
      priced = view.modelCalls
      show()
    }
  } catch (error) {
    if (!signal.aborted) throw error
    return exitCode.interrupted
  } finally {
    clearInterval(ticking)
  }
  return codes[view?.state ?? ''] ?? exitCode.failed
}

/** `ashlar runs watch [id]`: a run as it goes, whichever process runs it. */
export const watchCommand: Command = defineCommand({
  name: 'ashlar runs watch',
  summary: 'Shows a run as it goes, in whichever process, until it ends',
  positionals: { usage: '[id]', min: 0, max: 1 },
  options: journalOption,
  details:
    'Without an id the latest that runs. A terminal shows what is being written, a pipe what is complete. What it\n' +
    'cost is shown where @ashlar/cost is installed. Ctrl-C leaves the run alone.\n\n' +
    'Exit codes: 0 done, 1 failed or interrupted, 3 paused, 130 left.',
  run: async ({ values: { journal: file }, positionals: [id] }, io) =>
    withJournal({ journal: file }, io, async (journal) => {
      const runId = id ?? (await latest(journal))
      await findRun(journal, runId)
      return watch(journal, runId, io)
    }),
})
