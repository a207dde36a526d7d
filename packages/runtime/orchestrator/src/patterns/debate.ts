import { type Agent, InvalidArgument } from '@ashlar/core'
import { aggregate, type Aggregator } from '../aggregate.ts'
import { requireCount } from '../together/line.ts'
import { type PatternOptions, PatternRun, type PatternResult, toOutcomes, type Turn } from './pattern-run.ts'

export interface DebateOptions extends PatternOptions {
  /** How often each agent speaks; from the second time on it has read the others. @default 2 */
  readonly rounds?: number
}

export interface DebateResult<Value> extends PatternResult<Value> {
  /** What was said in each round, in the order of the agents. */
  readonly rounds: readonly (readonly Turn[])[]
  /** Places in the list of agents, as text, that had no answer in the last round. */
  readonly missing: readonly string[]
}

/** What one agent reads of the others. */
const othersOf = (turns: readonly Turn[], own: number): string =>
  turns
    .flatMap(({ state, text }, i) =>
      i === own || state === 'failed' ? [] : [`<answer from="agent ${i + 1}">\n${text}\n</answer>`],
    )
    .join('\n')

const promptOf = (
  question: string,
  { before, own }: { readonly before: readonly Turn[] | undefined; readonly own: number },
): string => {
  if (!before) return question
  const mine = before[own]?.state === 'done' ? `\n\nYour answer before:\n${before[own].text}` : ''
  return `${question}${mine}\n\nThe others answered:\n${othersOf(before, own)}\n\nAnswer again: keep to your answer or change it, by the better reasons.`
}

/** A judge reads the last answers, and writes the one that counts. */
const judgedBy =
  (run: PatternRun, judge: Agent, question: string): Aggregator<string, string> =>
  async (parts) => {
    const answers = parts.map(
      ({ id, value }) => `<answer from="agent ${Number(id) + 1}">\n${value}\n</answer>`,
    )
    const { turn } = await run.run(judge, `${question}\n\nJudge these answers:\n${answers.join('\n')}`, {
      name: 'judge',
    })
    if (turn.error) throw new Error(turn.error.message)
    return turn.text
  }

/** How a debate is decided: by an agent that reads the answers, or by a vote such as `majorityVote()`. */
export interface Debate {
  /**
   * Agents answer at once, read each other and answer again; a judge or a vote decides by the last round. An agent that
   * failed is missing from its round, and is asked again in the next.
   * @throws PatternFailed when nobody answered, when there is no decision, and on abort; InvalidArgument
   */
  <Value>(
    setting: { readonly agents: readonly Agent[]; readonly decide: Aggregator<string, Value> },
    question: string,
    options?: DebateOptions,
  ): Promise<DebateResult<Value>>
  (
    setting: { readonly agents: readonly Agent[]; readonly decide: Agent },
    question: string,
    options?: DebateOptions,
  ): Promise<DebateResult<string>>
}

const decideDebate = async (
  {
    agents,
    decide,
  }: { readonly agents: readonly Agent[]; readonly decide: Agent | Aggregator<string, unknown> },
  question: string,
  options: DebateOptions = {},
): Promise<DebateResult<unknown>> => {
  const { rounds: count = 2, ...rest } = options
  if (agents.length < 2) throw new InvalidArgument('agents', 'at least two agents', agents.length)
  requireCount('rounds', count)
  const run = new PatternRun(rest)
  const rounds: Turn[][] = []
  for (let round = 1; round <= count; round++) {
    const before = rounds.at(-1)
    const taken = agents.map((agent, own) =>
      run.run(agent, promptOf(question, { before, own }), { name: `round-${round}-agent-${own + 1}` }),
    )
    const turns = (await run.all(taken)).map(({ turn }) => turn)
    rounds.push(turns)
    if (turns.every(({ state }) => state === 'failed'))
      throw run.failed(`Nobody answered in round ${round}: ${turns[0]?.error?.message}`)
  }
  try {
    const aggregator: Aggregator<string, unknown> =
      typeof decide === 'function' ? decide : judgedBy(run, decide, question)
    const { value, missing } = await aggregate({ outcomes: toOutcomes(rounds.at(-1) ?? []) }, aggregator)
    return { ...run.result(value), rounds, missing: missing.map(({ id }) => id) }
  } catch (error) {
    run.throwIfAborted()
    throw run.failed('There is no decision', error)
  }
}

export const debate: Debate = decideDebate as Debate
