// The thread that writes, started by `openDatabase`. Imported anywhere else, this module does nothing.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { isObject } from '@ashlar/core'
import { failureOf } from './database-error.ts'
import type { FromWriter, ToWriter, WriterData } from './writer-message.ts'
import { openInlineWriter, type Writer } from './writer.ts'

export type { FromWriter, ToWriter, WriterData } from './writer-message.ts'

const isWriterData = (data: unknown): data is WriterData => isObject(data) && isObject(data['ashlarWriter'])

const serve = (port: MessagePort, writer: Writer): void => {
  const post = (message: FromWriter): void => port.postMessage(message)
  const answer = async (message: ToWriter): Promise<void> => {
    if (message.type === 'execute') post({ type: 'executed', outcomes: await writer.execute(message.writes) })
    else {
      await writer.close()
      port.close()
    }
  }
  port.on('message', (message: ToWriter) => void answer(message))
  post({ type: 'opened', recovery: writer.recovery })
}

const start = (port: MessagePort, { ashlarWriter: options }: WriterData): void => {
  try {
    serve(port, openInlineWriter(options).writer)
  } catch (cause) {
    const failure = failureOf(cause, { file: options.file, code: 'cannot-open' })
    // An answer is lost when its thread ends at once: this one waits for the reply.
    port.once('message', () => port.close())
    port.postMessage({ type: 'refused', failure } satisfies FromWriter)
  }
}

const data: unknown = workerData
if (parentPort && isWriterData(data)) start(parentPort, data)
