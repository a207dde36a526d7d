import type { AgentProfile } from '@ashlar/orchestrator/executor'
import type { Plan, Planner } from '@ashlar/orchestrator/planning'

type AgentTask = Plan['tasks'][number]

const researcher: AgentProfile = {
  description: 'Reads documents and reports what they say about a question, with the file of every statement',
  instructions: `You research a question in a folder of documents. Read the files that you are given, and others only where
they point there. Report what they say about the question, each statement with its file. Say what you did not find.`,
  tools: ['readFile', 'glob', 'grep'],
  capabilities: ['read files', 'search files'],
}

/** Who works on a question. */
export const team: Readonly<Record<string, AgentProfile>> = {
  'researcher-1': researcher,
  'researcher-2': researcher,
  'researcher-3': researcher,
  critic: {
    description: 'Says what findings lack, contradict or do not prove; reads no documents',
    instructions:
      'You are given a question and findings. Name in a few sentences what is missing, contradictory or unproven.',
  },
  synthesiser: {
    description: 'Writes the one answer, from findings and critique; reads no documents',
    instructions: `You are given a question, findings and a critique. Write the answer in Markdown, as short as it can be, with the
file of every statement in brackets. Say what stays open.`,
  },
}

/** What the planner has to know beside the team. */
export const planning = `Share the documents among the three researchers, who work at the same time: name the files in the
task of each. The critic comes after all of them, the synthesiser last, after the researchers and the critic. Give both
the trigger "all_done", so that they work with what there is when a researcher fails.`

/** The goal as the planner and the team read it. */
export const goalOf = (question: string, files: readonly string[]): string =>
  `${question}\n\nThe documents:\n${files.map((file) => `- ${file}`).join('\n')}`

/** The plan for a model that is none: the files are dealt out in turn. The same goal, the same plan. */
export const fixedPlanner = (question: string, files: readonly string[]): Planner => ({
  plan: async (goal) => {
    const shares = [1, 2, 3]
      .map((n) => files.filter((_, i) => i % 3 === n - 1))
      .filter(({ length }) => length > 0)
    const research = shares.map((share, i): AgentTask => {
      const named = share.map((file) => `"${file}"`).join(', ')
      const input = `Read and summarise the files ${named}. The question is: ${question}`
      return { id: `research-${i + 1}`, agentId: `researcher-${i + 1}`, input }
    })
    const found = research.map(({ id }) => id)
    const critique: AgentTask = {
      id: 'critique',
      agentId: 'critic',
      input: `Summarise what the findings say, and what they lack. The question is: ${question}`,
      dependsOn: found,
      trigger: 'all_done',
    }
    const answer: AgentTask = {
      id: 'answer',
      agentId: 'synthesiser',
      input: `Summarise the findings and the critique. The question is: ${question}`,
      dependsOn: [...found, critique.id],
      trigger: 'all_done',
    }
    return { goal, tasks: [...research, critique, answer] }
  },
})
