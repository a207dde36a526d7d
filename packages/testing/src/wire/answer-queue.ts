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
}

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
    clear() {
      waiting.length = 0
    },
  }
  if (typeof answers !== 'function') queue.add(answers)
  return queue
}
