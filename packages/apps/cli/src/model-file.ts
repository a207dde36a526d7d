import { open } from 'node:fs/promises'
import { withResource } from '@ashlar/command'

const magic = 'GGUF'

/** What is wrong with a file of a model, as the rest of a sentence about it; `undefined` when it looks like one. */
export const modelFileProblem = async (path: string): Promise<string | undefined> => {
  try {
    return await withResource(await open(path), async (file) => {
      if (!(await file.stat()).isFile()) return 'is not a file'
      const { buffer, bytesRead } = await file.read(Buffer.alloc(magic.length))
      return buffer.toString('latin1', 0, bytesRead) === magic ? undefined : 'is no GGUF file'
    })
  } catch {
    return 'cannot be read'
  }
}
