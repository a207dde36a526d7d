import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AshlarError, InvalidArgument } from '@ashlar/core'
import { ConnectionError } from '@ashlar/wire/fetch'
import { type Attempt, download, type Downloaded, type PullProgress } from './download.ts'
import { partialFile } from './partial-file.ts'

export interface PullModelOptions {
  /** Where the GGUF file is. */
  readonly url: string
  /** Where to put it; the folder is made. */
  readonly file: string
  /** SHA-256 of the file, in hexadecimal; a file that has another one is thrown away. */
  readonly sha256?: string
  /** Such as an authorization; not sent on to another origin. */
  readonly headers?: Readonly<Record<string, string>>
  /** Told of every chunk, and once at the start. */
  readonly onProgress?: (progress: PullProgress) => void
  readonly signal?: AbortSignal
}

export interface PulledModel {
  /** Absolute. */
  readonly file: string
  readonly bytes: number
  /** In hexadecimal. */
  readonly sha256: string
  /** False: the file was there already. */
  readonly downloaded: boolean
}

/** Times a download that broke off is taken up again; each time must have brought something. */
const maxAttempts = 10

const checkOptions = ({ url, file, sha256 }: PullModelOptions): void => {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new InvalidArgument('url', 'a web address (http or https)', url)
  if (file === '') throw new InvalidArgument('file', 'a path', file)
  if (sha256 !== undefined && !/^[\da-f]{64}$/i.test(sha256))
    throw new InvalidArgument('sha256', '64 hexadecimal digits', sha256)
}

/** The hash and size of a file that is there already; undefined when there is none. */
const hashOf = async (file: string, signal: AbortSignal | undefined): Promise<PulledModel | undefined> => {
  const stats = await stat(file).catch(() => undefined)
  if (!stats?.isFile()) return undefined
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { ...(signal && { signal }) })) hash.update(chunk)
  return { file, bytes: stats.size, sha256: hash.digest('hex'), downloaded: false }
}

/** Takes a download up again where it broke off, as long as each attempt brings something. */
const downloadAll = async (attempt: Attempt): Promise<Downloaded> => {
  const { partial, url, signal } = attempt
  for (let count = 1; ; count += 1) {
    const before = (await partial.read(url)).bytes
    try {
      return await download(attempt)
    } catch (error) {
      signal?.throwIfAborted()
      const after = (await partial.read(url)).bytes
      if (!ConnectionError.isInstance(error) || after <= before || count >= maxAttempts) throw error
    }
  }
}

/**
 * Fetches a GGUF file. What came before a break or an abort is kept beside it (`file.partial`) and gone on from,
 * when the server still has the same version; the file appears only when it is whole and its checksum right.
 * @throws InvalidArgument for an address or checksum that is none
 * @throws AshlarError `http-status`, `not-gguf`, `checksum-mismatch`, `bad-redirect`, `bad-range`; `ConnectionError`
 */
export const pullModel = async (options: PullModelOptions): Promise<PulledModel> => {
  checkOptions(options)
  const { url, sha256: wanted, signal } = options
  const file = resolve(options.file)
  signal?.throwIfAborted()
  const present = await hashOf(file, signal)
  if (present && (wanted === undefined || present.sha256 === wanted.toLowerCase())) return present
  const { createHttpClient } = await import('@ashlar/wire')
  const client = createHttpClient()
  const partial = partialFile(file)
  try {
    const { hash, bytes } = await downloadAll({ ...options, client, partial })
    const sha256 = hash.digest('hex')
    if (wanted !== undefined && sha256 !== wanted.toLowerCase()) {
      await partial.discard()
      throw new AshlarError(
        'checksum-mismatch',
        `${url}: expected SHA-256 ${wanted}, received ${sha256}. Nothing is kept.`,
      )
    }
    await partial.finish()
    return { file, bytes, sha256, downloaded: true }
  } catch (error) {
    if (AshlarError.isInstance(error) && error.code === 'not-gguf') await partial.discard()
    throw signal?.aborted ? signal.reason : error
  } finally {
    client.close()
  }
}
