import { RunAborted, type RunResult } from '@ashlar/core'
import { CommandError } from './exit-code.ts'
import { approveAll, followRun, type FollowOptions } from './follow-run.ts'
import { askApprovals, createLineReader } from './line-reader.ts'
import { loadAgent, type LoadedAgent } from './load-agent.ts'
import { equipAgent } from './equip-agent.ts'
import type { GuardOptions } from './guards.ts'
import { createJsonView, createTextView, describeCall, describeUsage, shortfallOf } from './run-view.ts'
import { isInteractive, paint, type Terminal, untilInterrupted } from './terminal.ts'

export interface RunAgentOptions extends GuardOptions {
  readonly terminal: Terminal
  /** @default what comes in at stdin */
  readonly input?: string | undefined
  readonly model?: string | undefined
  /** Events as JSON lines on stdout. @default false */
  readonly json?: boolean
  /** Approves every pending call. @default false */
  readonly yes?: boolean
}

const readInput = async ({ stdin }: Terminal, given: string | undefined): Promise<string> => {
  if (given !== undefined && given.trim() !== '') return given
  if (given !== undefined || stdin.isTTY)
    throw new CommandError('usage', 'There is no input: give it as an argument or through a pipe')
  const text = Buffer.concat(await stdin.toArray()).toString()
  if (text.trim() === '') throw new CommandError('usage', 'The input on stdin is empty')
  return text
}

const asker =
  (terminal: Terminal, interrupt: () => void): FollowOptions['decide'] =>
  async (calls) => {
    const reader = createLineReader(terminal, () => {
      interrupt()
      reader.close()
    })
    try {
      return await askApprovals(calls, { terminal, reader })
    } finally {
      reader.close()
    }
  }

const leftPaused = ({ pending }: RunResult): CommandError => {
  const calls = pending.map((call) => `  ${describeCall(call, 90)} (${call.callId})`)
  const [wait, noun] = pending.length === 1 ? ['waits', 'call'] : ['wait', 'calls']
  const head = `Paused: ${pending.length} ${noun} ${wait} for an approval; --yes approves`
  return new CommandError('paused', [head, ...calls].join('\n'))
}

/** The file or the name of an agent, or the tools of one without a file. */
export type RunTarget = string | { readonly tools: readonly string[] }

const findAgent = async (target: RunTarget, place: { readonly cwd: string }): Promise<LoadedAgent> => {
  if (typeof target === 'string') return loadAgent(target, place)
  const { plainAgent } = await import('./plain-agent.ts')
  return plainAgent(target.tools, place)
}

/** Runs an agent once. @throws CommandError when it did not come to an answer */
export const runAgent = async (target: RunTarget, options: RunAgentOptions): Promise<void> => {
  const { terminal, json = false, yes = false } = options
  const { stderr } = terminal
  const began = performance.now()
  const loaded = await findAgent(target, terminal)
  const input = await readInput(terminal, options.input)
  const agent = await equipAgent(loaded, options)
  const view = json ? createJsonView(terminal) : createTextView(terminal)
  const leave = new AbortController()
  const ask = asker(terminal, () => leave.abort(new DOMException('interrupted', 'AbortError')))
  const decide = yes ? approveAll : !json && isInteractive(terminal) ? ask : async () => undefined
  try {
    const result = await untilInterrupted(terminal, (interrupted) =>
      followRun(agent, input, { view, signal: AbortSignal.any([interrupted, leave.signal]), decide }),
    )
    if (leave.signal.aborted) throw new CommandError('interrupted', 'Interrupted')
    if (!json) {
      if (result.reason === 'done' && result.text.trim() === '') stderr.write('The answer is empty\n')
      const took = `${((performance.now() - began) / 1000).toFixed(1)} s`
      stderr.write(`${paint(stderr, 'dim', `${describeUsage(result.usage, result.steps)} · ${took}`)}\n`)
    }
    if (result.reason === 'paused') throw leftPaused(result)
    const shortfall = shortfallOf(result)
    if (shortfall) throw new CommandError('failed', shortfall)
  } catch (error) {
    if (!RunAborted.isInstance(error)) throw error
    throw new CommandError('interrupted', `Interrupted after ${describeUsage(error.usage)}`, { cause: error })
  }
}
