import { ScriptError } from '../script-error.ts'
import { checkAnswer, type WireAnswer } from './wire-answer.ts'
import type { WireRecord } from './wire-record.ts'

/** Decides an answer from the request; `undefined` takes the next of the queue. */
export type WireAnswerFunction = (request: WireRecord) => string | WireAnswer | undefined

/** Answers waiting for requests: each goes to the first request of its endpoint. */
export interface AnswerQueue {
  readonly length: number
  /** @throws InvalidArgument when an answer is malformed */
  add(answers: readonly (string | WireAnswer)[]): void
  /** The answer to a request: the function's, else the first of the queue for its endpoint. */
  take(request: WireRecord): WireAnswer | undefined
  clear(): void
  /** @throws ScriptError naming the answers that wait */
  assertEmpty(): void
}

const describe = ({ endpoint = 'generate', text, toolCalls = [], fault }: WireAnswer): string =>
  [
    endpoint,
    ...(text ? [JSON.stringify(text.slice(0, 80))] : []),
    ...toolCalls.map(({ name }) => `${name}()`),
    ...(fault ? [`fault ${JSON.stringify(fault)}`] : []),
  ].join(' ')

/** A queue with its first answers, or with a function that is asked before it. */
export const createAnswerQueue = (
  answers: readonly (string | WireAnswer)[] | WireAnswerFunction,
): AnswerQueue => {
  const waiting: WireAnswer[] = []
  const queue: AnswerQueue = {
    get length() {
      return waiting.length
    },
    add(more) {
      waiting.push(...more.map((answer, index) => checkAnswer(answer, `answers[${index}]`)))
    },
    take(request) {
      const decided = typeof answers === 'function' ? answers(request) : undefined
      if (decided !== undefined) return checkAnswer(decided, 'answer')
      const at = waiting.findIndex(({ endpoint = 'generate' }) => endpoint === request.endpoint)
      return at < 0 ? undefined : waiting.splice(at, 1)[0]
    },
    assertEmpty() {
      if (waiting.length === 0) return
      const lines = waiting.map((answer) => `  ${describe(answer)}`)
      throw new ScriptError(`${waiting.length} answers were never asked for:\n${lines.join('\n')}`)
    },
    clear() {
      waiting.length = 0
    },
  }
  if (typeof answers !== 'function') queue.add(answers)
  return queue
}
