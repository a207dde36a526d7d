import { type Agent, type RunResult, tool, type Tool, type ToolContext, type Usage } from '@ashlar/core'

export interface AsToolOptions {
  /** When to use it; the model reads this. @default the agent's own description */
  readonly description?: string
  /** What a call does to the world. @default the worst of what the agent's tools do; nothing, when it has none */
  readonly annotations?: Tool['annotations']
  /** Milliseconds. @default 300_000 */
  readonly timeoutMs?: number
  /** Told how every run ended: its usage is not part of that of the run that called it. */
  readonly onResult?: (result: RunResult<unknown>) => void
}

/** What a call reports as `tool-progress`. */
export interface AgentToolProgress {
  readonly agent: string
  readonly runId: string
  /** The type of the event of the agent's run: `tool-start`, `step-end`, … */
  readonly event: string
  /** Of the agent's run so far, with `step-end` and `run-end`. */
  readonly usage?: Usage
}

const worstOf = (agent: Agent): Tool['annotations'] => {
  const all = Object.values(agent.tools).map(({ annotations }) => annotations)
  return {
    readOnly: all.every(({ readOnly }) => readOnly),
    destructive: all.some(({ destructive }) => destructive),
    idempotent: all.every(({ idempotent }) => idempotent),
  }
}

const runIn = async (
  { agent, onResult }: { readonly agent: Agent; readonly onResult: AsToolOptions['onResult'] },
  task: string,
  { run: parent, report }: ToolContext,
): Promise<string> => {
  const run = agent.run(task, { parent, deltas: false })
  for await (const event of run) {
    const { type } = event
    if (type === 'text-delta' || type === 'reasoning-delta') continue
    const used = type === 'step-end' ? event.usage : type === 'run-end' ? event.result.usage : undefined
    const progress: AgentToolProgress = {
      agent: agent.name,
      runId: run.runId,
      event: type,
      ...(used && { usage: used }),
    }
    report(progress)
  }
  const result = await run
  onResult?.(result)
  if (result.reason === 'done' || result.reason === 'stopped') return result.text
  const said = result.text && ` It said so far: ${result.text}`
  throw new Error(`The agent ended as "${result.reason}" without an answer.${said}`)
}

/**
 * An agent as a tool of another: it is given a task and answers with text. Its run is part of the run that calls it: one
 * signal, one tree of ids. An end without an answer (a limit, a pause for an approval) is an error for the model to read.
 */
export const asTool = (agent: Agent, options: AsToolOptions = {}): Tool => {
  const {
    description = agent.description ?? `Gives a task to the agent ${agent.name}.`,
    annotations = worstOf(agent),
    timeoutMs = 300_000,
    onResult,
  } = options
  return tool({
    description,
    input: {
      type: 'object',
      properties: {
        task: {
          type: 'string',
          minLength: 1,
          description: 'What to do, with all that the agent has to know',
        },
      },
      required: ['task'],
      additionalProperties: false,
    },
    annotations,
    timeoutMs,
    execute: ({ task }, context) => runIn({ agent, onResult }, task, context),
  })
}
