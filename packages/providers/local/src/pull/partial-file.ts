import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isObject } from '@ashlar/core'

/** What of a file is on the disk already, and how to ask the server for the rest of the very same file. */
export interface Partial {
  readonly bytes: number
  /** ETag or date by which the server knows the version; undefined: there is nothing to go on from. */
  readonly version?: string
}

/** A download under way, beside the file it is going to be. */
export interface PartialFile {
  /** What can be gone on from, for this address. */
  read(url: string): Promise<Partial>
  /** Starts or goes on writing; what was there is kept only up to `from`. */
  open(from: number, origin: { url: string; version: string | undefined }): Promise<PartialWriter>
  /** The bytes so far, hashed. */
  hash(signal?: AbortSignal): Promise<Hash>
  /** Makes it the file, in one step. */
  finish(): Promise<void>
  discard(): Promise<void>
}

export interface PartialWriter {
  write(chunk: Uint8Array): Promise<void>
  /** Flushes to the disk. */
  close(): Promise<void>
}

const fromJson = (text: string): { url?: unknown; version?: unknown } => {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** The part of `file` that has been downloaded: `file.partial`, and `file.partial.json` saying from where. */
export const partialFile = (file: string): PartialFile => {
  const part = `${file}.partial`
  const note = `${part}.json`
  return {
    read: async (url) => {
      const bytes = (await stat(part).catch(() => undefined))?.size ?? 0
      const origin = fromJson(await readFile(note, 'utf8').catch(() => ''))
      const isSame = origin.url === url && typeof origin.version === 'string'
      return bytes > 0 && isSame ? { bytes, version: String(origin.version) } : { bytes: 0 }
    },
    open: async (from, origin) => {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(note, JSON.stringify(origin))
      const handle = await open(part, from > 0 ? 'r+' : 'w')
      await handle.truncate(from)
      let at = from
      return {
        write: async (chunk) => {
          for (let done = 0; done < chunk.length;) {
            const { bytesWritten } = await handle.write(chunk, done, chunk.length - done, at)
            done += bytesWritten
            at += bytesWritten
          }
        },
        close: async () => {
          try {
            await handle.sync()
          } finally {
            await handle.close()
          }
        },
      }
    },
    hash: async (signal) => {
      const hash = createHash('sha256')
      for await (const chunk of createReadStream(part, { ...(signal && { signal }) })) hash.update(chunk)
      return hash
    },
    finish: async () => {
      await rename(part, file)
      await rm(note, { force: true })
    },
    discard: async () => {
      await Promise.all([rm(part, { force: true }), rm(note, { force: true })])
    },
  }
}
