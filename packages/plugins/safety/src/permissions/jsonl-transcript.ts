import { constants, open } from 'node:fs/promises'
import type { YoloTranscript } from './yolo-session.ts'

const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0)

/**
 * Appends entries to a file, one line of JSON each, on disk before the call runs. The file is created for its owner
 * alone; a symbolic link in its place is refused.
 */
export const jsonlTranscript =
  (file: string): YoloTranscript =>
  async (entry) => {
    const handle = await open(file, flags, 0o600)
    try {
      await handle.writeFile(`${JSON.stringify(entry)}\n`)
      await handle.datasync()
    } finally {
      await handle.close()
    }
  }
