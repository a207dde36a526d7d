import { InvalidArgument, isObject, type JsonObject, type ModelRequest, type ToolSpec } from '@ashlar/core'
import type { ChatRequest, Options, Tool } from 'ollama'
import { toMessages } from './to-messages.ts'

/** What a model instance adds to its requests. */
export interface RequestWriterOptions {
  readonly modelId: string
  /** The name the request's `providerOptions` go by. */
  readonly provider: string
  readonly keepAlive?: string | number | undefined
  readonly contextLength?: number | undefined
}

/** Newer than the official types: what does not fit the window is refused, where Ollama would drop it in silence. */
type ChatBody = ChatRequest & { truncate?: boolean }

const runtimeOptions: ReadonlySet<string> = new Set<keyof Options>([
  'num_ctx',
  'num_batch',
  'num_gpu',
  'main_gpu',
  'use_mmap',
  'num_thread',
  'num_keep',
  'seed',
  'num_predict',
  'top_k',
  'top_p',
  'min_p',
  'typical_p',
  'repeat_last_n',
  'temperature',
  'repeat_penalty',
  'presence_penalty',
  'frequency_penalty',
  'stop',
])

/** Splits what `providerOptions` says: options of the runtime belong into `options`, where alone Ollama reads them. */
const splitOptions = ({ options, ...rest }: JsonObject): { runtime: object; body: object } => {
  const entries = Object.entries(rest)
  const isRuntime = ([key]: readonly [string, unknown]): boolean => runtimeOptions.has(key)
  return {
    runtime: { ...Object.fromEntries(entries.filter(isRuntime)), ...(isObject(options) && options) },
    body: Object.fromEntries(entries.filter((entry) => !isRuntime(entry))),
  }
}

const toTool = ({ name, description, inputSchema }: ToolSpec): Tool => ({
  type: 'function',
  function: { name, description, parameters: { ...inputSchema, type: 'object' } },
})

const toTools = ({ tools = [], toolChoice = 'auto' }: ModelRequest): { tools?: Tool[] } => {
  if (toolChoice !== 'auto' && toolChoice !== 'none')
    throw new InvalidArgument(
      'toolChoice',
      "'auto' or 'none' (Ollama cannot make a model call a tool)",
      JSON.stringify(toolChoice),
    )
  return tools.length > 0 && toolChoice === 'auto' ? { tools: tools.map(toTool) } : {}
}

const toThink = ({ reasoning }: ModelRequest): { think?: boolean | 'low' | 'medium' | 'high' } => {
  if (reasoning === undefined) return {}
  if (typeof reasoning === 'object')
    throw new InvalidArgument(
      'reasoning',
      "'none', 'low', 'medium' or 'high' (Ollama has no budget)",
      JSON.stringify(reasoning),
    )
  return { think: reasoning === 'none' ? false : reasoning }
}

const toSampling = (request: ModelRequest): Partial<Options> => ({
  ...(request.maxOutputTokens !== undefined && { num_predict: request.maxOutputTokens }),
  ...(request.temperature !== undefined && { temperature: request.temperature }),
  ...(request.topP !== undefined && { top_p: request.topP }),
  ...(request.seed !== undefined && { seed: request.seed }),
  ...(request.stop && request.stop.length > 0 && { stop: [...request.stop] }),
})

/**
 * The body of `/api/chat`, `stream` left out. `providerOptions` have the last word; options of the runtime
 * (`num_ctx`, `top_k`, …) may be given there flat or under `options`.
 * @throws InvalidArgument for what Ollama cannot honour
 */
export const toRequest = (request: ModelRequest, writer: RequestWriterOptions): ChatBody => {
  const { modelId, provider, keepAlive, contextLength } = writer
  const { runtime, body } = splitOptions(request.providerOptions?.[provider] ?? {})
  const options: Partial<Options> = {
    ...(contextLength !== undefined && { num_ctx: contextLength }),
    ...toSampling(request),
    ...runtime,
  }
  return {
    model: modelId,
    messages: toMessages(request.messages, request.instructions),
    ...toTools(request),
    ...(request.output && { format: request.output }),
    ...toThink(request),
    ...(keepAlive !== undefined && { keep_alive: keepAlive }),
    truncate: false,
    ...(Object.keys(options).length > 0 && { options }),
    ...body,
  }
}
