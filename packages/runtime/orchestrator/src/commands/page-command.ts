import { type Command, defineCommand } from '@ashlar/command'
import { InvalidArgument } from '@ashlar/core/errors'
import { serveRuns } from '../page/serve-runs.ts'
import { journalOption, withJournal } from './open-journal.ts'

/** A port, or 0 for any that is free. @throws InvalidArgument */
const portOf = (text: string): number => {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgument('--port', 'a number from 0 to 65535', text)
  return port
}

/** `ashlar runs page`: serves the page that draws runs live, to this machine alone. */
export const pageCommand: Command = defineCommand({
  name: 'ashlar runs page',
  summary: 'Serves a page that draws runs as they go, to this machine alone',
  options: {
    ...journalOption,
    port: { type: 'string', value: 'n', default: '4320', description: '0 is any that is free' },
  },
  details: 'It only reads. It ends with Ctrl-C.',
  run: async ({ values: { journal: file, port } }, io) =>
    withJournal({ journal: file }, io, async (journal) => {
      const served = await serveRuns(journal, { port: portOf(port) })
      io.stderr.write(`Runs: ${served.url} (Ctrl-C ends it)\n`)
      try {
        await new Promise<void>((resolve) => {
          if (io.signal.aborted) resolve()
          io.signal.addEventListener('abort', () => resolve(), { once: true })
        })
      } finally {
        await served.close()
      }
    }),
})
