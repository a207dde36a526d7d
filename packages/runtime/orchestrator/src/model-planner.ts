import {
  createAgent,
  InvalidArgument,
  type LanguageModel,
  type Message,
  type Plugin,
  userText,
} from '@ashlar/core'
import type { AgentGraphTask } from './agent-work.ts'
import { type Agents, type Plan, PlanError, type Planner, type PlanOptions, problemsOf } from './plan.ts'
import { triggerRules } from './trigger-rule.ts'

export interface ModelPlannerOptions {
  readonly model: LanguageModel
  /** The agents that tasks can be given to. */
  readonly agents: Agents
  /** How often a plan that does not work is given back with what is wrong with it. @default 2 */
  readonly repairs?: number
  /** Tasks at most. @default 20 */
  readonly maxTasks?: number
  /** Said to the model beside what it must know. */
  readonly instructions?: string
  /** Of the agent "planner", which asks the model: a budget, redaction, … @default none */
  readonly plugins?: readonly Plugin[]
}

const schemaOf = (agents: Agents, maxTasks: number) => {
  const text = { type: 'string', minLength: 1 } as const
  return {
    type: 'object',
    properties: {
      tasks: {
        type: 'array',
        minItems: 1,
        maxItems: maxTasks,
        items: {
          type: 'object',
          properties: {
            id: { ...text, description: 'Short and unique, as in "find-prices"' },
            agentId: { type: 'string', enum: Object.keys(agents) },
            input: { ...text, description: 'What the agent has to do, complete in itself' },
            dependsOn: { type: 'array', items: text, description: 'Ids of the tasks whose results it needs' },
            trigger: { type: 'string', enum: [...triggerRules] },
          },
          required: ['id', 'agentId', 'input', 'dependsOn'],
          additionalProperties: false,
        },
      },
    },
    required: ['tasks'],
    additionalProperties: false,
  } as const
}

const instructionsFor = ({ agents, maxTasks = 20, instructions = '' }: ModelPlannerOptions): string => {
  const list = Object.entries(agents).map(([id, { description = '', capabilities = [] }]) =>
    [`- ${id}`, description, capabilities.length > 0 ? `can: ${capabilities.join(', ')}` : '']
      .filter(Boolean)
      .join('; '),
  )
  return [
    `Break the goal into at most ${maxTasks} tasks, each for one agent. Tasks that do not need each other's results run`,
    'at the same time, so name only the dependencies that there are. The agents:',
    ...list,
    instructions,
  ]
    .join('\n')
    .trim()
}

const questionOf = (goal: string, tried: PlanOptions['tried']): string => {
  if (!tried) return goal
  const report = tried.outcomes.map(({ id, state, note = '' }) => `- ${id}: ${state}${note && ` – ${note}`}`)
  return [
    `${goal}\n\nThis plan was tried:\n${JSON.stringify({ tasks: tried.plan.tasks })}`,
    `This came of it:\n${report.join('\n')}`,
    'Plan again. Keep the tasks that succeeded as they are: they are not done again. Replace those that did not.',
  ].join('\n\n')
}

/** Tasks that succeeded are facts: a model may neither lose nor change them. */
const keepDone = (tasks: readonly AgentGraphTask[], tried: PlanOptions['tried']): AgentGraphTask[] => {
  const done = new Set(tried?.outcomes.flatMap(({ id, state }) => (state === 'success' ? [id] : [])))
  const kept = tried?.plan.tasks.filter(({ id }) => done.has(id)) ?? []
  return [...kept, ...tasks.filter(({ id }) => !done.has(id))]
}

/**
 * A planner that asks a model. A plan that is no graph, or is for agents that there are not, is given back with what
 * is wrong with it.
 * @throws InvalidArgument when an option is wrong
 */
export const modelPlanner = (options: ModelPlannerOptions): Planner => {
  const { model, agents, repairs = 2, maxTasks = 20, plugins = [] } = options
  if (Object.keys(agents).length === 0) throw new InvalidArgument('agents', 'at least one agent', '{}')
  if (!Number.isInteger(repairs) || repairs < 0)
    throw new InvalidArgument('repairs', 'a whole number from 0', repairs)
  if (!Number.isInteger(maxTasks) || maxTasks < 1)
    throw new InvalidArgument('maxTasks', 'a whole number from 1', maxTasks)
  const agent = createAgent({ name: 'planner', model, instructions: instructionsFor(options), plugins })
  const output = schemaOf(agents, maxTasks)
  return {
    plan: async (goal, { signal, tried } = {}) => {
      let messages: readonly Message[] = [userText(questionOf(goal, tried))]
      for (let left = repairs; ; left--) {
        const result = await agent.run({ messages }, { output, ...(signal && { signal }) })
        const plan: Plan = { goal, tasks: keepDone(result.output.tasks, tried) }
        const problems = problemsOf(plan, agents)
        if (problems.length === 0) return plan
        if (left === 0) throw new PlanError(problems)
        messages = [
          ...result.messages,
          userText(`That plan does not work: ${problems.join('; ')}. Correct it.`),
        ]
      }
    },
  }
}
