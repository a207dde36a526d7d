import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { CommandIo } from './command-io.ts'

type InputIo = Pick<CommandIo, 'stdin' | 'cwd' | 'signal'>

/** The chunks of standard input as they come; ends with the signal's reason when that aborts while nothing comes. */
export async function* readStdin({
  stdin,
  signal,
}: Pick<CommandIo, 'stdin' | 'signal'>): AsyncGenerator<Buffer> {
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  aborted.promise.catch(() => {})
  signal.throwIfAborted()
  signal.addEventListener('abort', abort, { once: true })
  const iterator = stdin[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await Promise.race([iterator.next(), aborted.promise])
      if (done) return
      yield Buffer.from(value)
    }
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** All bytes of a file, or of standard input when the path is `-`. @throws when the file cannot be read, or on abort */
export const readInput = async (path: string, io: InputIo): Promise<Uint8Array> => {
  if (path !== '-') return readFile(resolve(io.cwd, path), { signal: io.signal })
  const parts: Buffer[] = []
  for await (const part of readStdin(io)) parts.push(part)
  return Buffer.concat(parts)
}

/** The lines of standard input as they come, without their ends; the last may lack its newline. Bytes that are no UTF-8 become U+FFFD. */
export async function* inputLines(io: Pick<CommandIo, 'stdin' | 'signal'>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const part of readStdin(io)) {
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield line.replace(/\r$/, '')
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
}
