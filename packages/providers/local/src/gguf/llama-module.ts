/**
 * What is used of node-llama-cpp, so that this package type-checks and is tested without it. The real module fits:
 * `gguf({ llama: await import('node-llama-cpp') })`. Constructors take `never`, since the real ones ask for their own
 * classes; they are called by `Reflect.construct`.
 */
export interface LlamaModule {
  getLlama(options?: LlamaStart): Promise<Llama>
  /** Made with `{ contextSequence, chatWrapper? }`. */
  readonly LlamaChat: new (options: never) => LlamaChat
  /** Made with `{ template, tokenizer }`. */
  readonly JinjaTemplateChatWrapper: new (options: never) => LlamaChatWrapper
}

/** Loose, because the real one names its log levels by an enum. */
export interface LlamaStart {
  gpu?: unknown
  build?: unknown
  logLevel?: unknown
  maxThreads?: unknown
}

export interface Llama {
  loadModel(options: {
    modelPath: string
    gpuLayers?: number
    onLoadProgress?: (fraction: number) => void
  }): Promise<LlamaWeights>
  createGrammarForJsonSchema(schema: object): Promise<object>
  dispose(): Promise<void>
}

export interface LlamaWeights {
  readonly tokenizer: LlamaTokenizer
  readonly tokens: { readonly bos: number | null }
  readonly trainContextSize: number
  readonly fileInfo: { readonly metadata: { readonly tokenizer?: { readonly chat_template?: string } } }
  createContext(options: { contextSize: number; sequences: number; threads?: number }): Promise<LlamaContext>
}

/** Opaque here: handed from the weights to chat wrappers. */
export type LlamaTokenizer = unknown

export interface LlamaContext {
  readonly contextSize: number
  getSequence(): LlamaSequence
}

export interface LlamaSequence {
  readonly tokenMeter: { readonly usedOutputTokens: number }
  compareContextTokens(tokens: number[]): { firstDifferentIndex: number }
}

export interface LlamaChatWrapper {
  generateContextState(options: { chatHistory: readonly object[]; availableFunctions?: object }): {
    contextText: { tokenize(tokenizer: LlamaTokenizer): number[] }
  }
}

export type LlamaFunctions = Record<string, { description?: string; params?: object }>

/** A finished call in the history, or a thought. */
export type ResponseItem =
  | string
  | { type: 'functionCall'; name: string; params: unknown; result: unknown }
  | { type: 'segment'; segmentType: 'thought'; text: string; ended: boolean }

export type HistoryItem =
  | { type: 'system'; text: string }
  | { type: 'user'; text: string }
  | { type: 'model'; response: ResponseItem[] }

export interface GenerateOptions {
  signal?: AbortSignal
  onResponseChunk?(chunk: { readonly type?: 'segment' | undefined; readonly text: string }): void
  maxTokens?: number
  temperature?: number
  topP?: number
  topK?: number
  minP?: number
  seed?: number
  repeatPenalty?: false | { penalty?: number }
  customStopTriggers?: readonly unknown[]
  budgets?: { thoughtTokens?: number }
  grammar?: object | undefined
  functions?: object | undefined
}

export interface GeneratedResponse {
  readonly response: string
  readonly functionCalls?: readonly { readonly functionName: string; readonly params: unknown }[]
  readonly metadata: { readonly stopReason: string }
}

export interface LlamaChat {
  readonly chatWrapper: LlamaChatWrapper
  readonly sequence: LlamaSequence
  generateResponse(history: object[], options?: GenerateOptions): Promise<GeneratedResponse>
}
