import { basename, resolve } from 'node:path'
import {
  InvalidArgument,
  type LanguageModel,
  ModelError,
  type ModelEvent,
  type ModelRequest,
  noUsage,
} from '@ashlar/core'
import { type Assembler, callUpstream, ConnectionError, createDeadlineSignal } from '@ashlar/wire/fetch'
import { generate } from './generate.ts'
import type { LlamaChatWrapper, LlamaModule } from './llama-module.ts'
import { loadGguf } from './load-gguf.ts'
import type { GgufSampling } from './sampling.ts'
import { shareLoad, unlessAborted } from './shared-load.ts'

export interface GgufOptions {
  /** Path of a GGUF file. @default ASHLAR_MODEL_FILE of the environment */
  readonly file?: string
  /** @default the name of the file without its ending */
  readonly modelId?: string
  /** Tokens of a prompt and its answer together, at most what the model was trained on. @default 8192 */
  readonly contextSize?: number
  /** Requests answered at the same time, each with a context of its own; more wait in line. @default 1 */
  readonly concurrency?: number
  /** @default 'auto', the best there is a ready-made binary for */
  readonly gpu?: 'auto' | 'cuda' | 'vulkan' | 'metal' | false
  /** Layers put on the GPU. @default as many as fit */
  readonly gpuLayers?: number
  /** CPU threads. @default as many as the machine has cores for mathematics */
  readonly threads?: number
  readonly sampling?: GgufSampling
  /** A chat wrapper of node-llama-cpp. @default the one for the family of the model, else the model's own template */
  readonly chatWrapper?: LlamaChatWrapper
  /** The module to use. @default import('node-llama-cpp'), when it is first needed */
  readonly llama?: LlamaModule
  /** Told how much of the file is loaded, from 0 to 1. */
  readonly onLoadProgress?: (fraction: number) => void
}

/** A model in this process. Its memory is held until it is disposed of: `await using model = gguf('model.gguf')`. */
export interface GgufModel extends LanguageModel, AsyncDisposable {
  /** Loads the weights now rather than at the first request. Asked again, it waits for the same load. */
  load(): Promise<void>
  /** Ends what is being generated and frees the memory; the model cannot be used any more. */
  dispose(): Promise<void>
}

const checkCount = (name: string, value: number | undefined): void => {
  if (value !== undefined && !(Number.isSafeInteger(value) && value > 0))
    throw new InvalidArgument(name, 'a whole number above 0', value)
}

const fileOf = ({ file = process.env['ASHLAR_MODEL_FILE'] }: GgufOptions): string => {
  if (typeof file === 'string' && file !== '') return resolve(file)
  throw new InvalidArgument('file', 'the path of a GGUF file, here or in ASHLAR_MODEL_FILE', file)
}

/** What this package and the engine throw, as a `ModelError`; mistakes of the caller stay as they are. */
const toFailure = (modelId: string, cause: unknown): unknown => {
  if ([ModelError, ConnectionError, InvalidArgument].some((known) => known.isInstance(cause))) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  const facts = { kind: 'bad-request', provider: 'local', modelId } as const
  return new ModelError(`local/${modelId}: ${message}`, facts, { cause })
}

/**
 * A local model in this process, run by node-llama-cpp (`npm install node-llama-cpp`). The weights are loaded at
 * the first request, once however many come; tool calls and JSON answers are held to a grammar; usage is exact.
 * @throws InvalidArgument when no file is given or a number is none
 */
export const gguf = (pathOrOptions: string | GgufOptions = {}): GgufModel => {
  const options = typeof pathOrOptions === 'string' ? { file: pathOrOptions } : pathOrOptions
  const { contextSize = 8192, concurrency = 1, gpu = 'auto', sampling = {} } = options
  for (const name of ['contextSize', 'concurrency', 'threads'] as const) checkCount(name, options[name])
  const file = fileOf(options)
  const modelId = options.modelId ?? basename(file).replace(/\.gguf$/i, '')
  const { load, ended, free } = shareLoad(() => loadGguf({ ...options, file, contextSize, concurrency, gpu }))
  async function* read(request: ModelRequest, turn: Assembler): AsyncGenerator<readonly ModelEvent[]> {
    const timed = createDeadlineSignal(request)
    // Until a prompt is evaluated nothing is used, whatever goes wrong.
    turn.usage = { ...noUsage }
    const onEnd = (): void => timed.abort(ended.reason)
    ended.addEventListener('abort', onEnd, { once: true })
    try {
      const loaded = await unlessAborted(load(), timed.signal)
      yield* generate({ model, request, loaded, sampling, signal: timed.signal, turn })
    } catch (error) {
      throw toFailure(modelId, timed.signal.aborted ? timed.signal.reason : error)
    } finally {
      ended.removeEventListener('abort', onEnd)
      timed.abort(undefined)
      timed.dispose()
    }
  }
  const dispose = (): Promise<void> => free(toFailure(modelId, 'the model was disposed of'))
  const model: GgufModel = {
    provider: 'local',
    modelId,
    stream: (request) => callUpstream({ model, request, read: (turn) => read(request, turn) }),
    load: async () => {
      await load().catch((error: unknown) => {
        throw toFailure(modelId, error)
      })
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  }
  return model
}
