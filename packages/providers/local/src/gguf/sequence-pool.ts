import type { LlamaChat } from './llama-module.ts'

/** Chats that answer one request at a time each; who finds none free waits in line. */
export interface SequencePool {
  /** The free chat that has most of these tokens in its cache. @throws the signal's reason when it aborts first */
  acquire(tokens: readonly number[], signal: AbortSignal): Promise<LlamaChat>
  release(chat: LlamaChat): void
}

/** Tokens at the start that this chat has evaluated already. */
export const cachedTokens = (chat: LlamaChat, tokens: readonly number[]): number =>
  chat.sequence.compareContextTokens([...tokens]).firstDifferentIndex

interface Waiting {
  readonly give: (chat: LlamaChat) => void
}

/** A pool over the sequences of one context. */
export const createSequencePool = (chats: readonly LlamaChat[]): SequencePool => {
  const free = new Set(chats)
  const line: Waiting[] = []
  return {
    acquire: (tokens, signal) => {
      signal.throwIfAborted()
      const [best] = [...free].toSorted((a, b) => cachedTokens(b, tokens) - cachedTokens(a, tokens))
      if (best) {
        free.delete(best)
        return Promise.resolve(best)
      }
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          line.splice(line.indexOf(waiting), 1)
          reject(signal.reason)
        }
        const waiting: Waiting = {
          give: (chat) => {
            signal.removeEventListener('abort', leave)
            resolve(chat)
          },
        }
        line.push(waiting)
        signal.addEventListener('abort', leave, { once: true })
      })
    },
    release: (chat) => {
      const next = line.shift()
      if (next) next.give(chat)
      else free.add(chat)
    },
  }
}
