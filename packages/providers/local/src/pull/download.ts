import { createHash, type Hash } from 'node:crypto'
import { AshlarError } from '@ashlar/core'
import type { HttpClient, HttpResponse } from '@ashlar/wire'
import { ConnectionError } from '@ashlar/wire/fetch'
import { follow } from './follow.ts'
import type { PartialFile } from './partial-file.ts'

/** How far a download has come. */
export interface PullProgress {
  /** What is on the disk, earlier parts included. */
  readonly receivedBytes: number
  /** Absent where the server does not say. */
  readonly totalBytes?: number
}

/** One attempt, and what it goes on from. */
export interface Attempt {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly onProgress?: (progress: PullProgress) => void
  readonly signal?: AbortSignal
  readonly client: HttpClient
  readonly partial: PartialFile
}

/** A whole file, hashed. */
export interface Downloaded {
  readonly hash: Hash
  readonly bytes: number
}
/** Where the answer's bytes belong, and how many there will be. */
const placeOf = (response: HttpResponse, asked: number): { from: number; total?: number } => {
  const { headers, status } = response
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '')
  if (status === 206) {
    if (range && Number(range[1]) === asked) return { from: asked, total: Number(range[2]) }
    throw new AshlarError(
      'bad-range',
      `The server sent another part than was asked for: ${headers['content-range']}`,
    )
  }
  const length = Number(headers['content-length'])
  return { from: 0, ...(headers['content-length'] !== undefined && { total: length }) }
}

const checkStatus = async (response: HttpResponse, url: string): Promise<void> => {
  if (response.status === 200 || response.status === 206) return
  const words = await response.text(300).catch(() => '')
  response.destroy()
  throw new AshlarError(
    'http-status',
    `${url} answered ${response.status}: ${words.trim() || 'nothing more'}`,
  )
}

const checkMagic = (start: Uint8Array, url: string): void => {
  if (Buffer.from(start.subarray(0, 4)).toString('latin1') === 'GGUF'.slice(0, start.length)) return
  throw new AshlarError(
    'not-gguf',
    `What ${url} sends is no GGUF file. Check the address; some need a login.`,
  )
}

/** By which to ask for the rest of the same version; a weak ETag does not promise the same bytes. */
const versionOf = ({ headers }: HttpResponse): string | undefined => {
  const { etag } = headers
  return etag === undefined || etag.startsWith('W/') ? headers['last-modified'] : etag
}

const ask = async (attempt: Attempt, have: number, version: string | undefined): Promise<HttpResponse> => {
  const { client, url, headers = {}, signal } = attempt
  const rest = version === undefined ? {} : { range: `bytes=${have}-`, 'if-range': version }
  return follow(client, url, { headers: { ...headers, 'accept-encoding': 'identity', ...rest }, signal })
}

/** There is nothing after what is here: it is whole, or from another time. */
const afterTheEnd = async (attempt: Attempt, response: HttpResponse, have: number): Promise<Downloaded> => {
  const { partial, signal, onProgress } = attempt
  response.destroy()
  if (response.headers['content-range'] !== `bytes */${have}`) {
    await partial.discard()
    return download(attempt)
  }
  onProgress?.({ receivedBytes: have, totalBytes: have })
  return { hash: await partial.hash(signal), bytes: have }
}

/** Asks for what is missing and appends it. @throws ConnectionError when the answer breaks off */
export const download = async (attempt: Attempt): Promise<Downloaded> => {
  const { url, signal, onProgress, partial } = attempt
  const { bytes: have, version } = await partial.read(url)
  const response = await ask(attempt, have, version)
  if (response.status === 416 && version !== undefined) return afterTheEnd(attempt, response, have)
  await checkStatus(response, url)
  const { from, total } = placeOf(response, have)
  const writer = await partial.open(from, { url, version: versionOf(response) })
  let received = from
  const report = (): void =>
    onProgress?.({ receivedBytes: received, ...(total !== undefined && { totalBytes: total }) })
  try {
    const hash = from > 0 ? await partial.hash(signal) : createHash('sha256')
    report()
    for await (const chunk of response.chunks()) {
      signal?.throwIfAborted()
      if (received === 0) checkMagic(chunk, url)
      await writer.write(chunk)
      hash.update(chunk)
      received += chunk.length
      report()
    }
    if (total === undefined || received === total) return { hash, bytes: received }
    throw new ConnectionError(`${received} of ${total} bytes came`, {
      code: 'network',
      phase: 'body',
      sent: true,
    })
  } finally {
    response.destroy()
    await writer.close()
  }
}
