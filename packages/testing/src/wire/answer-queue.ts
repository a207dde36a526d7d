import { checkAnswer, type WireAnswer, type WireEndpoint } from './wire-answer.ts'

/** Answers waiting for requests: each goes to the first request of its endpoint. */
export interface AnswerQueue {
  readonly length: number
  /** @throws InvalidArgument when an answer is malformed */
  add(answers: readonly (string | WireAnswer)[]): void
  take(endpoint: WireEndpoint): WireAnswer | undefined
  clear(): void
}

/** An empty queue. */
export const createAnswerQueue = (): AnswerQueue => {
  const queue: WireAnswer[] = []
  return {
    get length() {
      return queue.length
    },
    add(answers) {
      queue.push(...answers.map((answer, index) => checkAnswer(answer, `answers[${index}]`)))
    },
    take(endpoint) {
      const at = queue.findIndex((answer) => (answer.endpoint ?? 'generate') === endpoint)
      return at < 0 ? undefined : queue.splice(at, 1)[0]
    },
    clear() {
      queue.length = 0
    },
  }
}
