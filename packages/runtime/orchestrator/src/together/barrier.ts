import { Line, requireCount } from './line.ts'

/** Where `parties` wait for each other, again and again. */
export interface Barrier {
  readonly waiting: number
  /** Resolves with the number of the round, from 1, once all are there. @throws the signal's reason */
  arrive(signal?: AbortSignal): Promise<number>
}

/** @throws InvalidArgument for less than one party */
export const createBarrier = (parties: number): Barrier => {
  requireCount('parties', parties)
  const line = new Line<number>()
  let round = 1
  return {
    get waiting() {
      return line.length
    },
    arrive: (signal) => {
      if (line.length + 1 < parties || signal?.aborted) return line.wait(signal, undefined)
      const now = round++
      while (line.next(now));
      return Promise.resolve(now)
    },
  }
}
