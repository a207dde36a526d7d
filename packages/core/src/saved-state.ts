import { appendResults } from './append-results.ts'
import type { InvalidArgument } from './errors.ts'
import type { Message, ToolCallPart } from './message.ts'
import type { RunState } from './run.ts'

/** What this module shares with those loaded at once. */
export interface TakeUpOptions {
  readonly openCalls: (messages: readonly Message[]) => ToolCallPart[]
  readonly InvalidArgument: typeof InvalidArgument
  /** By the ids of calls. */
  readonly approvals: object
}

const roles: readonly Message['role'][] = ['user', 'assistant', 'tool']

const check = ({ messages, steps, usage }: RunState, { InvalidArgument }: TakeUpOptions): void => {
  const odd = messages.findIndex(
    (message) => !roles.includes(message?.role) || !Array.isArray(message.content),
  )
  if (odd >= 0)
    throw new InvalidArgument(
      `input.messages[${odd}]`,
      'role user, assistant or tool, and a list of parts as content',
      JSON.stringify(messages[odd]),
    )
  if (!(steps >= 0)) throw new InvalidArgument('input.steps', 'a number of at least 0', steps)
  if (!(usage?.inputTokens >= 0 && usage.outputTokens >= 0))
    throw new InvalidArgument(
      'input.usage',
      'inputTokens and outputTokens of at least 0',
      JSON.stringify(usage),
    )
}

/** An approval of a call that was never made is of one that the caller takes for another. */
const checkApprovals = (
  messages: readonly Message[],
  { approvals, openCalls, InvalidArgument }: TakeUpOptions,
): void => {
  const made = new Set<unknown>()
  for (const { role, content } of messages)
    if (role === 'assistant') for (const part of content) if (part.type === 'tool-call') made.add(part.callId)
  const odd = Object.keys(approvals).find((id) => !made.has(id))
  if (odd === undefined) return
  const open = openCalls(messages).map(({ callId }) => callId)
  throw new InvalidArgument('approvals', `ids of open calls (${open.join(', ') || 'none'})`, odd)
}

/** Answers calls that a user message left open with an error, as every provider wants each call answered. */
export const closeAbandonedCalls = (
  messages: readonly Message[],
  { openCalls }: Pick<TakeUpOptions, 'openCalls'>,
): readonly Message[] => {
  let closed: Message[] = []
  for (const message of messages) {
    const open = message.role === 'user' ? openCalls(closed) : []
    if (open.length > 0)
      closed = appendResults(
        closed,
        open.map(({ callId, name }) => ({
          type: 'tool-result',
          callId,
          name,
          output: 'Not run: the user went on before it was answered.',
          isError: true,
        })),
      )
    closed.push(message)
  }
  return closed
}

/** A saved state as one to go on from. @throws InvalidArgument saying what is wrong with it */
export const takeUp = (state: RunState, options: TakeUpOptions): RunState => {
  check(state, options)
  checkApprovals(state.messages, options)
  return { ...state, messages: closeAbandonedCalls(state.messages, options) }
}
