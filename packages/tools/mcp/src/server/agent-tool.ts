import { type Agent, type AgentEvent, AshlarError, type RunResult, type Tool, tool } from '@ashlar/core'

/** Longer than any timer: who asks decides how long to wait. */
const unlimited = 2 ** 31

const endings: Readonly<Record<string, string>> = {
  stopped: 'it was stopped',
  steps: 'it reached its limit of steps',
  tokens: 'it reached its limit of tokens',
  'doom-loop': 'it repeated the same call',
  length: 'its answer was too long',
  'content-filter': 'its answer was filtered',
}

const explain = ({ reason, text, pending }: RunResult<unknown>): AshlarError => {
  const calls = pending.map(({ name, input }) => `${name}(${JSON.stringify(input)})`).join(', ')
  const why = reason === 'paused' ? `it waits for a person to approve ${calls}` : (endings[reason] ?? reason)
  return new AshlarError(
    'run-incomplete',
    `The agent did not finish: ${why}.${text === '' ? '' : ` So far: ${text}`}`,
  )
}

const reportOf = (event: AgentEvent): string | undefined => {
  if (event.type === 'tool-start') return `calls ${event.call.name}`
  if (event.type === 'step-end') return `step ${event.step} done`
  return undefined
}

/** An agent as a tool: takes a question, gives the text of the answer, reports each step and call. */
export const agentTool = (agent: Agent): Tool =>
  tool({
    description: agent.description ?? `Asks the agent "${agent.name}".`,
    input: {
      type: 'object',
      properties: { prompt: { type: 'string', description: 'What the agent is to do' } },
      required: ['prompt'],
      additionalProperties: false,
    },
    timeoutMs: unlimited,
    execute: async ({ prompt }, { run, signal, report }) => {
      const running = agent.run(prompt, { parent: run, signal, deltas: false })
      for await (const event of running) {
        const update = reportOf(event)
        if (update !== undefined) report(update)
      }
      const result = await running
      if (result.reason !== 'done') throw explain(result)
      return result.text
    },
  })
