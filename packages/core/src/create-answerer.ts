import { answerCalls, type AnswerSetting } from './answer-calls.ts'
import { createDoomLoop, type DoomLoop } from './doom-loop.ts'
import type { Limits } from './limits.ts'
import type { Answers } from './loop.ts'
import type { ToolCallPart } from './message.ts'
import type { createRunContext, LiveRun } from './run-context.ts'

/** What all turns of a run share; what this module shares with those loaded at once is in it. */
export interface AnswererSetting extends Pick<AnswerSetting, 'tools' | 'messageOf'> {
  readonly limits: Required<Limits>
  readonly live: LiveRun
  readonly createRunContext: typeof createRunContext
}

/** Runs the calls of one turn. */
export type Answerer = (
  calls: readonly ToolCallPart[],
  own: Pick<AnswerSetting, 'seam' | 'approvals'>,
) => Answers

/** Answers the calls of one run, turn by turn. */
export const createAnswerer = ({ live, createRunContext, ...shared }: AnswererSetting): Answerer => {
  const { runId, stop, state } = live
  let doomLoop: DoomLoop | undefined
  const contextOf: AnswerSetting['contextOf'] = (callId, ending) =>
    createRunContext(`${runId}/${callId}`, { ...live, stop: ending })
  return (calls, own) => {
    const { messages, steps: step } = state()
    doomLoop ??= createDoomLoop(shared.limits.repeats, messages)
    return answerCalls(calls, { ...shared, ...own, contextOf, runId, stop, step, doomLoop })
  }
}
