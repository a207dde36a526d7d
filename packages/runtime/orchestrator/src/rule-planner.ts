import { InvalidArgument } from '@ashlar/core'
import type { AgentGraphTask } from './agent-work.ts'
import type { AgentProfile } from './executor-config.ts'
import { type Agents, graphOf, type Planner } from './plan.ts'

export interface RulePlannerOptions {
  readonly agents: Agents
  /** The agent that makes one answer of many results. @default none: the results stay apart */
  readonly synthesiser?: string
}

const words = (text: string): Set<string> => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu))

/** How many words of the text are words of what the agent says it is and can. */
const fit = (text: string, [id, { description = '', capabilities = [] }]: [string, AgentProfile]): number => {
  const known = words([id, description, ...capabilities].join(' '))
  let shared = 0
  for (const word of words(text)) if (known.has(word)) shared += 1
  return shared
}

/** The steps of a goal: its list items, else its lines, else what `then` and `;` part. */
const stepsOf = (goal: string): { readonly steps: string[]; readonly inOrder: boolean } => {
  const lines = goal
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  const numbered = lines.flatMap((line) => /^\d+[.)]\s+(.+)$/.exec(line)?.[1] ?? [])
  if (numbered.length > 1) return { steps: numbered, inOrder: true }
  const bullets = lines.flatMap((line) => /^[-*•]\s+(.+)$/.exec(line)?.[1] ?? [])
  if (bullets.length > 1) return { steps: bullets, inOrder: false }
  const parts = goal.split(/\s*(?:;(?:\s*(?:and\s+)?then\b)?|,?\s+(?:and\s+)?then\b)[\s,]*/i).filter(Boolean)
  return { steps: parts, inOrder: true }
}

/**
 * A planner without a model: the same goal always gives the same plan. A numbered list, or `… then …`, becomes a chain;
 * a list of bullets becomes tasks at once; each step goes to the agent whose description shares most words with it,
 * the first among equals, and where that one failed to the next. `synthesiser` ends the plan with one answer of all.
 * @throws InvalidArgument when an option is wrong
 */
export const rulePlanner = ({ agents, synthesiser }: RulePlannerOptions): Planner => {
  const ids = Object.keys(agents)
  if (ids.length === 0) throw new InvalidArgument('agents', 'at least one agent', '{}')
  if (synthesiser !== undefined && !ids.includes(synthesiser))
    throw new InvalidArgument('synthesiser', ids.join(', '), synthesiser)
  const workers = Object.entries(agents).filter(([id]) => id !== synthesiser || ids.length === 1)
  const bestFor = (step: string): string[] =>
    workers.toSorted((a, b) => fit(step, b) - fit(step, a)).map(([id]) => id)
  /** Who does a step: whoever did it before, unless that failed. */
  const agentFor = (step: string, before: AgentGraphTask | undefined, failed: boolean): string => {
    if (before && !failed) return before.agentId
    const all = bestFor(step)
    return all[before ? (all.indexOf(before.agentId) + 1) % all.length : 0] ?? ids[0] ?? ''
  }
  return {
    plan: async (goal, { signal, tried } = {}) => {
      signal?.throwIfAborted()
      const { steps, inOrder } = stepsOf(goal)
      const failed = new Set(tried?.outcomes.flatMap(({ id, state }) => (state === 'failed' ? [id] : [])))
      const tasks: AgentGraphTask[] = []
      for (const [i, input] of steps.entries()) {
        const [before, previous] = [tried?.plan.tasks[i], tasks.at(-1)]
        const id = before?.id ?? `step-${i + 1}`
        const dependsOn = inOrder && previous ? [previous.id] : []
        tasks.push({ id, agentId: agentFor(input, before, failed.has(id)), input, dependsOn })
      }
      const last = inOrder ? tasks.slice(-1) : tasks
      if (synthesiser !== undefined)
        tasks.push({
          id: tried?.plan.tasks[steps.length]?.id ?? 'answer',
          agentId: synthesiser,
          input: goal,
          dependsOn: last.map(({ id }) => id),
        })
      const plan = { goal, tasks }
      graphOf(plan, agents)
      return plan
    },
  }
}
