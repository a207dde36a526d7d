import {
  InvalidArgument,
  isObject,
  type JsonObject,
  type JsonSchema,
  type ModelRequest,
  type ToolSpec,
} from '@ashlar/core'
import type {
  MessageCreateParamsBase,
  OutputConfig,
  TextBlockParam,
  Tool,
  ToolChoice,
} from '@anthropic-ai/sdk/resources/messages'
import { byIdentity } from './by-identity.ts'
import { type CacheLifetime, withBreakpoints } from './cache-breakpoints.ts'
import { type ModelTraits, traitsOf } from './model-traits.ts'
import { createMessageWriter } from './to-message.ts'
import { toOutputSchema } from './to-output-schema.ts'
import { type ThinkingParams, toThinking } from './to-thinking.ts'

interface Sampling {
  temperature?: number
  top_p?: number
}

/** The body of `/v1/messages` without `stream`. */
export type MessagesBody = MessageCreateParamsBase & Sampling

/** A request as both transports send it. */
export interface WireRequest {
  readonly body: MessagesBody
  /** The API version the body needs, when it is not the current one. */
  readonly version?: string
  readonly betas: readonly string[]
}

/** The last version that takes sampling parameters ("Migrating to API version 2026-10-21"). */
const samplingVersion = '2023-06-01'

/** Sampling other than the default of 1, which needs no words. */
const toSampling = (request: ModelRequest, modelId: string, traits: ModelTraits): Sampling => {
  const { temperature = 1, topP = 1, reasoning = 'none' } = request
  const sampling: Sampling = { ...(temperature !== 1 && { temperature }), ...(topP !== 1 && { top_p: topP }) }
  if ((temperature === 1 && topP === 1) || traits.sampling === 'both') return sampling
  const [argument, value] = temperature === 1 ? ['topP', topP] : ['temperature', temperature]
  if (traits.sampling === 'none')
    throw new InvalidArgument(argument, `1 or nothing (${modelId} takes no sampling parameters)`, value)
  if (temperature !== 1 && topP !== 1)
    throw new InvalidArgument('topP', 'temperature or topP, not both', topP)
  if (reasoning !== 'none') throw new InvalidArgument(argument, '1 or nothing while the model thinks', value)
  return sampling
}

const whyUnforced = (request: ModelRequest, modelId: string, traits: ModelTraits): string | undefined => {
  if (!request.tools?.length) return 'no tools are given'
  if (traits.forcedTools === 'never')
    return `${modelId} cannot be made to call a tool; ask for it in the instructions`
  const thinks = request.reasoning !== undefined && request.reasoning !== 'none'
  return thinks && traits.forcedTools === 'unless-thinking'
    ? 'a model that thinks cannot be made to call a tool'
    : undefined
}

const toToolChoice = (
  request: ModelRequest,
  modelId: string,
  traits: ModelTraits,
): ToolChoice | undefined => {
  const { toolChoice = 'auto', tools } = request
  if (toolChoice === 'auto') return undefined
  if (toolChoice === 'none') return tools?.length ? { type: 'none' } : undefined
  const why = whyUnforced(request, modelId, traits)
  if (why) throw new InvalidArgument('toolChoice', `'auto' or 'none' (${why})`, JSON.stringify(toolChoice))
  return toolChoice === 'required' ? { type: 'any' } : { type: 'tool', name: toolChoice.tool }
}

const toTool = ({ name, description, inputSchema }: ToolSpec): Tool => ({
  name,
  ...(description !== '' && { description }),
  input_schema: { ...inputSchema, type: 'object' },
})

const toSystem = (instructions: string | undefined): TextBlockParam[] =>
  instructions?.trim() ? [{ type: 'text', text: instructions }] : []

const toOutputConfig = (
  { effort }: ThinkingParams,
  schema: Record<string, unknown> | undefined,
  more: unknown,
): OutputConfig | undefined => {
  const config: OutputConfig = {
    ...(effort && { effort }),
    ...(schema && { format: { type: 'json_schema', schema } }),
    ...(isObject(more) && more),
  }
  return Object.keys(config).length > 0 ? config : undefined
}

/** Puts what `providerOptions` says into the body; its tools (those that run on the server, say) come after the request's. */
const withOptions = (body: MessagesBody, options: JsonObject): MessagesBody => {
  const { betas: _betas, output_config: _config, tools, ...rest } = options
  const all = Array.isArray(tools) ? { tools: [...(body.tools ?? []), ...tools] } : {}
  return Object.assign(body, rest, all)
}

/** What a model instance knows when it writes requests. */
export interface RequestWriterOptions {
  readonly modelId: string
  /** The name its parts' `providerData` and the request's `providerOptions` go by. */
  readonly provider: string
  readonly cache: CacheLifetime
}

/** Makes request bodies for one model; what it converted once it knows by identity. */
export const createRequestWriter = ({
  modelId,
  provider,
  cache,
}: RequestWriterOptions): ((request: ModelRequest) => WireRequest) => {
  const traits = traitsOf(modelId)
  const writeMessages = createMessageWriter(provider)
  const writeTools = byIdentity((tools: readonly ToolSpec[]) => tools.map(toTool))
  const writeSchema = byIdentity((schema: JsonSchema) => toOutputSchema(schema))

  return (request) => {
    if (request.seed !== undefined)
      throw new InvalidArgument('seed', 'nothing (the Messages API has no seed)', request.seed)
    const options = request.providerOptions?.[provider] ?? {}
    const maxTokens = request.maxOutputTokens ?? traits.maxOutputTokens
    const thinking = toThinking(request, { modelId, traits, maxTokens })
    const toolChoice = toToolChoice(request, modelId, traits)
    const sampling = toSampling(request, modelId, traits)
    const schema = request.output && writeSchema(request.output)
    const outputConfig = toOutputConfig(thinking, schema, options['output_config'])
    const prompt = withBreakpoints(
      {
        tools: request.tools ? writeTools(request.tools) : [],
        system: toSystem(request.instructions),
        messages: writeMessages(request.messages),
      },
      cache,
    )
    const body: MessagesBody = {
      model: modelId,
      max_tokens: maxTokens,
      ...(prompt.system.length > 0 && { system: [...prompt.system] }),
      ...(prompt.tools.length > 0 && { tools: [...prompt.tools] }),
      ...(toolChoice && { tool_choice: toolChoice }),
      messages: prompt.messages.map(({ param }) => param),
      ...(request.stop && request.stop.length > 0 && { stop_sequences: [...request.stop] }),
      ...(thinking.thinking && { thinking: thinking.thinking }),
      ...(outputConfig && { output_config: outputConfig }),
      ...sampling,
    }
    const betas = options['betas']
    return {
      body: withOptions(body, options),
      ...(Object.keys(sampling).length > 0 && { version: samplingVersion }),
      betas: Array.isArray(betas) ? betas.filter((beta) => typeof beta === 'string') : [],
    }
  }
}
