import type { Agent } from '@ashlar/core'
import { type PatternOptions, PatternRun, type PatternResult, requireAgents } from './pattern-run.ts'

/**
 * One agent after the other: each is given what the one before it answered.
 * @throws PatternFailed at the first that fails, and on abort; InvalidArgument without agents
 */
export const pipeline = async (
  agents: readonly Agent[],
  input: string,
  options: PatternOptions = {},
): Promise<PatternResult<string>> => {
  requireAgents('agents', agents)
  const run = new PatternRun(options)
  let text = input
  for (const [i, agent] of agents.entries()) {
    const { turn } = await run.run(agent, text, { name: `stage-${i + 1}` })
    if (turn.error) throw run.failed(`Stage ${i + 1}, ${agent.name}, failed: ${turn.error.message}`)
    text = turn.text
  }
  return run.result(text)
}
