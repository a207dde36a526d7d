import type { Agent, RunInput, RunResult, ToolCallPart } from '@ashlar/core'
import type { RunView } from './run-view.ts'

/** Answers to pending calls by call id: `true`, or the reason they were denied. */
export type Approvals = Readonly<Record<string, true | string>>

export interface FollowOptions {
  readonly view: RunView
  readonly signal: AbortSignal
  /** Decides on pending calls; `undefined` leaves the run paused. */
  readonly decide: (calls: readonly ToolCallPart[]) => Promise<Approvals | undefined>
}

/** Runs the agent, shows every event, and goes on after each pause for which there is a decision. */
export const followRun = async (
  agent: Agent,
  start: string | RunInput,
  { view, signal, decide }: FollowOptions,
): Promise<RunResult> => {
  let input = start
  let approvals: Approvals | undefined
  for (;;) {
    const run = agent.run(input, { signal, ...(approvals && { approvals }) })
    try {
      for await (const event of run) view.show(event)
    } finally {
      view.flush()
    }
    const result = await run
    // A tool without `execute` waits for its caller's answer: no approval helps it.
    const approvable = result.pending.filter(({ name }) => agent.tools[name]?.execute)
    approvals = approvable.length > 0 ? await decide(approvable) : undefined
    if (!approvals) return result
    input = result
  }
}

/** Approves every call. */
export const approveAll: FollowOptions['decide'] = async (calls) =>
  Object.fromEntries(calls.map(({ callId }) => [callId, true as const]))
