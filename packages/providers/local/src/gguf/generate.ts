import type { FinishReason, LanguageModel, ModelEvent, ModelRequest, Usage } from '@ashlar/core'
import type { Assembler } from '@ashlar/wire/fetch'
import type { GeneratedResponse, GenerateOptions, LlamaChat } from './llama-module.ts'
import type { LoadedGguf } from './load-gguf.ts'
import { callInput } from './prompt-plan.ts'
import { type Prompt, promptFor } from './prompt.ts'
import { type GgufSampling, samplingOf } from './sampling.ts'
import { cachedTokens } from './sequence-pool.ts'

/** One request to answer. */
export interface Generation {
  readonly model: LanguageModel
  readonly request: ModelRequest
  readonly loaded: LoadedGguf
  readonly sampling: GgufSampling
  /** Aborts with the request, at its deadline, or when the model is disposed of. */
  readonly signal: AbortSignal
  /** Where the answer goes. */
  readonly turn: Assembler
}

/** Puts the finished answer into the turn, and says why it ended. */
const complete = (
  { request, turn }: Generation,
  { plan }: Prompt,
  result: GeneratedResponse,
): FinishReason => {
  const { messages, tools } = request
  const { response, functionCalls = [], metadata } = result
  const made = messages.flatMap(({ content }) => content.filter(({ type }) => type === 'tool-call')).length
  const decided = plan.decide?.(response)
  const calls = functionCalls.map(({ functionName: name, params }) => ({
    name,
    input: callInput(
      params,
      tools?.find((tool) => tool.name === name),
    ),
  }))
  if (decided && 'tool' in decided) calls.push({ name: decided.tool, input: decided.input })
  if (decided && 'text' in decided) turn.text(decided.text)
  for (const [index, { name, input }] of calls.entries())
    turn.part({ type: 'tool-call', callId: `local-${made + index + 1}`, name, input })
  if (calls.length > 0) return 'tool-calls'
  return metadata.stopReason === 'maxTokens' ? 'length' : 'stop'
}

const run = async (
  chat: LlamaChat,
  { request, loaded, sampling, signal }: Generation,
  { plan, history, room, onResponseChunk }: Prompt & Required<Pick<GenerateOptions, 'onResponseChunk'>>,
): Promise<GeneratedResponse> => {
  const grammar = plan.grammar && (await loaded.llama.createGrammarForJsonSchema(plan.grammar))
  return chat.generateResponse(history, {
    ...samplingOf(request, sampling),
    ...(grammar && { grammar }),
    ...(plan.functions && { functions: plan.functions }),
    maxTokens: room,
    signal,
    onResponseChunk,
  })
}

/** Counts one answer: the prompt as it was rendered, and the tokens drawn since. */
const usageCounter = (chat: LlamaChat, tokens: readonly number[]): (() => Usage) => {
  const cached = Math.min(cachedTokens(chat, tokens), tokens.length - 1)
  const before = chat.sequence.tokenMeter.usedOutputTokens
  return () => ({
    inputTokens: tokens.length,
    outputTokens: chat.sequence.tokenMeter.usedOutputTokens - before,
    ...(cached > 0 && { cachedInputTokens: cached }),
  })
}

/** Answers one request: waits for a free sequence, streams its tokens into the turn, and ends with exact usage. */
export async function* generate(generation: Generation): AsyncGenerator<readonly ModelEvent[]> {
  const { model, request, loaded, signal, turn } = generation
  const prompt = promptFor(request, { model, loaded })
  const chat = await loaded.pool.acquire(prompt.tokens, signal)
  const usage = usageCounter(chat, prompt.tokens)
  turn.usage = usage()
  const state = { isRunning: true, news: Promise.withResolvers<void>() }
  const onResponseChunk: GenerateOptions['onResponseChunk'] = ({ type, text }) => {
    if (type === 'segment') turn.reasoning(text)
    else if (!prompt.plan.decide) turn.text(text)
    turn.usage = usage()
    state.news.resolve()
  }
  const settle = (): void => {
    loaded.pool.release(chat)
    state.isRunning = false
    state.news.resolve()
  }
  const running = run(chat, generation, { ...prompt, onResponseChunk })
  running.then(settle, settle)
  while (state.isRunning) {
    await state.news.promise
    state.news = Promise.withResolvers()
    yield turn.take()
  }
  const reason = complete(generation, prompt, await running)
  turn.finish({ reason, usage: usage(), response: { provider: model.provider, modelId: model.modelId } })
  yield turn.take()
}
