import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AshlarError, isObject } from '@ashlar/core'
import { readConfigFile } from './read-file.ts'

/** A file that the user trusts, as it was then. */
export interface TrustedFile {
  readonly file: string
  /** SHA-256 of its bytes, in hex. */
  readonly hash: string
  /** When, as ISO 8601. */
  readonly at: string
}

/** What the user trusts: files by their path and content, kept in the user's folder. */
export interface TrustStore {
  /** Whether the file is trusted with these bytes. */
  readonly has: (file: string, bytes: Uint8Array) => Promise<boolean>
  /** Trusts a file as it is now. @throws AshlarError when it cannot be read */
  readonly add: (file: string) => Promise<TrustedFile>
  /** Trusts it no longer; false when it was not. */
  readonly remove: (file: string) => Promise<boolean>
  readonly list: () => Promise<TrustedFile[]>
}

/** SHA-256 in hex. */
export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The file itself, whatever links lead to it. */
const fileItself = (file: string): Promise<string> => realpath(file).catch(() => resolve(file))

const isTrusted = (value: unknown): value is TrustedFile =>
  isObject(value) && ['file', 'hash', 'at'].every((key) => typeof value[key] === 'string')

/** Whatever is damaged is not trusted. */
const read = async (store: string): Promise<TrustedFile[]> => {
  try {
    const data: unknown = JSON.parse(await readFile(store, 'utf8'))
    return isObject(data) && Array.isArray(data['trusted']) ? data['trusted'].filter(isTrusted) : []
  } catch {
    return []
  }
}

const write = async (folder: string, trusted: readonly TrustedFile[]): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = join(folder, `.trust-${randomUUID()}`)
  try {
    await writeFile(temporary, `${JSON.stringify({ trusted }, undefined, 2)}\n`, { mode: 0o600 })
    await rename(temporary, join(folder, 'trust.json'))
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Opens the trust of a user. @param folder the user's folder, see `userFolderOf` */
export const openTrust = (folder: string): TrustStore => {
  const store = join(folder, 'trust.json')
  return {
    has: async (file, bytes) => {
      const itself = await fileItself(file)
      const hash = hashOf(bytes)
      return (await read(store)).some((entry) => entry.file === itself && entry.hash === hash)
    },
    add: async (file) => {
      const itself = await fileItself(file)
      const hash = hashOf(
        await readConfigFile(itself).catch((cause: unknown) => {
          throw new AshlarError('cannot-trust', `Cannot trust ${itself}: it cannot be read`, { cause })
        }),
      )
      const entry = { file: itself, hash, at: new Date().toISOString() }
      await write(folder, [...(await read(store)).filter((each) => each.file !== itself), entry])
      return entry
    },
    remove: async (file) => {
      const itself = await fileItself(file)
      const trusted = await read(store)
      const rest = trusted.filter((entry) => entry.file !== itself)
      if (rest.length === trusted.length) return false
      await write(folder, rest)
      return true
    },
    list: () => read(store),
  }
}
