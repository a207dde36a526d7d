import type { ExecutionResult } from '@ashlar/orchestrator/executor'
import type { GraphResult } from '@ashlar/orchestrator/graph'
import type { Plan } from '@ashlar/orchestrator/planning'

type Outcomes = GraphResult<ExecutionResult>['outcomes']

/** The files that were read, as the tools saw them: what an agent says of its sources is not asked. */
const sourcesOf = (outcomes: Outcomes): string[] => {
  const read = new Set<string>()
  for (const { output } of outcomes.values())
    for (const { name, input, result } of output?.toolCalls ?? [])
      if (
        name === 'readFile' &&
        result &&
        !result.isError &&
        typeof input === 'object' &&
        input &&
        'path' in input
      )
        read.add(String(input.path))
  return [...read].toSorted()
}

/** The report as Markdown: the answer, what is missing from it, what it is made of, and the files that were read. */
export const toReport = (
  { tasks }: Plan,
  outcomes: Outcomes,
  { question, by }: { readonly question: string; readonly by: string },
): string => {
  const last = tasks.findLast(({ agentId }) => agentId === 'synthesiser') ?? tasks.at(-1)
  const answer = outcomes.get(last?.id ?? '')?.output?.output
  const missing = tasks.filter(({ id }) => outcomes.get(id)?.state !== 'success')
  const findings = tasks.filter((task) => task !== last && !missing.includes(task))
  return [
    `# ${question}`,
    '',
    `${by}.`,
    '',
    answer ?? 'There is no answer: see what is missing.',
    '',
    ...(missing.length > 0
      ? [
          '## Missing',
          '',
          ...missing.map(({ id }) => `- ${id}: ${outcomes.get(id)?.state ?? 'not begun'}`),
          '',
        ]
      : []),
    ...findings.flatMap(({ id, agentId }) => [
      `## ${id}, by ${agentId}`,
      '',
      outcomes.get(id)?.output?.output ?? '',
      '',
    ]),
    '## Sources',
    '',
    ...sourcesOf(outcomes).map((file) => `- ${file}`),
    '',
  ].join('\n')
}
