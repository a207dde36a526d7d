import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** Largest configuration file in bytes: the worst of this size is refused after some two seconds. */
const largest = 256 * 1024

/** The bytes of a configuration file. @throws Error with words for the user when it is no file, too big or unreadable */
export const readConfigFile = async (file: string): Promise<Buffer> => {
  // A pipe that nobody writes to would block.
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const { size } = await handle.stat().then((stats) => {
      if (!stats.isFile()) throw new Error('expected a file')
      return stats
    })
    if (size > largest) throw new Error(`larger than ${largest} bytes`)
    const bytes = Buffer.alloc(largest + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length)
      if (bytesRead === 0) break
      length += bytesRead
      if (length > largest) throw new Error(`larger than ${largest} bytes`)
    }
    return bytes.subarray(0, length)
  } finally {
    await handle.close()
  }
}

/** The text of a file, without byte order mark. @throws Error with words for the user when it is no UTF-8 */
export const decodeConfig = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Error('expected UTF-8')
  }
}
