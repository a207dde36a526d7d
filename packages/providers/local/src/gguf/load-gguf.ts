import { stat } from 'node:fs/promises'
import { AshlarError } from '@ashlar/core'
import type {
  Llama,
  LlamaChat,
  LlamaChatWrapper,
  LlamaModule,
  LlamaSequence,
  LlamaWeights,
} from './llama-module.ts'
import { createSequencePool, type SequencePool } from './sequence-pool.ts'

export interface LoadGgufOptions {
  readonly file: string
  readonly contextSize: number
  readonly concurrency: number
  readonly gpu: 'auto' | 'cuda' | 'vulkan' | 'metal' | false
  readonly gpuLayers?: number | undefined
  readonly threads?: number | undefined
  readonly chatWrapper?: LlamaChatWrapper | undefined
  readonly llama?: LlamaModule | undefined
  readonly onLoadProgress?: ((fraction: number) => void) | undefined
}

/** A model in memory. */
export interface LoadedGguf {
  readonly llama: Llama
  readonly weights: LlamaWeights
  readonly wrapper: LlamaChatWrapper
  readonly pool: SequencePool
  /** Tokens a prompt and its answer may have together. */
  readonly contextSize: number
}

/** Not a literal, so that neither the compiler nor a bundler looks for an optional package. */
const packageName: string = 'node-llama-cpp'

const importLlama = async (): Promise<LlamaModule> => {
  try {
    const module: LlamaModule = await import(packageName)
    return module
  } catch (cause) {
    throw new AshlarError(
      'missing-package',
      'gguf() runs models with the package node-llama-cpp, which could not be loaded: npm install node-llama-cpp',
      { cause },
    )
  }
}

const checkFile = async (file: string): Promise<void> => {
  const stats = await stat(file).catch(() => undefined)
  if (!stats?.isFile())
    throw new AshlarError(
      'missing-model-file',
      `There is no model file at ${file}. Give the path of a GGUF file, or fetch one with: ashlar models pull`,
    )
}

/** True where a template puts the first token in and the wrapper puts it in again: such a model loses its thread. */
const doublesFirstToken = (
  { tokens: { bos }, tokenizer }: LlamaWeights,
  wrapper: LlamaChatWrapper,
): boolean => {
  const probe = wrapper.generateContextState({
    chatHistory: [
      { type: 'user', text: 'a' },
      { type: 'model', response: [] },
    ],
  })
  const [first, second] = probe.contextText.tokenize(tokenizer)
  return bos !== null && first === bos && second === bos
}

/** node-llama-cpp's wrapper for the family of the model, or the model's own template where that one does not fit. */
const chooseWrapper = (module: LlamaModule, weights: LlamaWeights, chat: LlamaChat): LlamaChatWrapper => {
  const template = weights.fileInfo.metadata.tokenizer?.chat_template
  if (template === undefined || !doublesFirstToken(weights, chat.chatWrapper)) return chat.chatWrapper
  const wrapper: LlamaChatWrapper = Reflect.construct(module.JinjaTemplateChatWrapper, [
    { template, tokenizer: weights.tokenizer },
  ])
  return wrapper
}

const loadInto = async (llama: Llama, module: LlamaModule, options: LoadGgufOptions): Promise<LoadedGguf> => {
  const { file, concurrency, gpuLayers, threads, onLoadProgress } = options
  const weights = await llama.loadModel({
    modelPath: file,
    ...(gpuLayers !== undefined && { gpuLayers }),
    ...(onLoadProgress && { onLoadProgress }),
  })
  const contextSize = Math.min(options.contextSize, weights.trainContextSize)
  const context = await weights.createContext({
    contextSize,
    sequences: concurrency,
    ...(threads !== undefined && { threads }),
  })
  const sequences = Array.from({ length: concurrency }, () => context.getSequence())
  const open = (contextSequence: LlamaSequence | undefined, chatWrapper?: LlamaChatWrapper): LlamaChat => {
    const chat: LlamaChat = Reflect.construct(module.LlamaChat, [
      { contextSequence, ...(chatWrapper && { chatWrapper }) },
    ])
    return chat
  }
  const wrapper = options.chatWrapper ?? chooseWrapper(module, weights, open(sequences[0]))
  const chats = sequences.map((sequence) => open(sequence, wrapper))
  return { llama, weights, wrapper, pool: createSequencePool(chats), contextSize: context.contextSize }
}

/** Loads the weights and opens a context. @throws AshlarError when the package or the file is missing */
export const loadGguf = async (options: LoadGgufOptions): Promise<LoadedGguf> => {
  const { gpu, threads } = options
  await checkFile(options.file)
  const module = options.llama ?? (await importLlama())
  const llama = await module.getLlama({
    gpu,
    build: 'never',
    logLevel: 'error',
    ...(threads !== undefined && { maxThreads: threads }),
  })
  try {
    return await loadInto(llama, module, options)
  } catch (error) {
    await llama.dispose()
    throw error
  }
}
