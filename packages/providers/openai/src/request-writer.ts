import { InvalidArgument, type ModelRequest, type ToolChoice } from '@ashlar/core'
import type { ReadAnswer } from './answer-reader.ts'
import type { ApiBody } from './api-call.ts'
import type { Server } from './server.ts'

/** What a model instance knows when it writes requests. */
export interface RequestWriter {
  readonly modelId: string
  readonly provider: string
  readonly server: Server
  /** Asks for tool arguments that fit the schema exactly, where the schema allows it. */
  readonly strictTools?: boolean | undefined
  /** Asks for thinking in the encrypted form that can travel back. */
  readonly encryptedReasoning?: boolean | undefined
}

/** How one of the vendor's APIs is spoken: `chat` or `responses`. */
export interface OpenAIApi {
  readonly name: 'chat' | 'responses'
  /** How requests are written; made once for a model. */
  readonly createWriter: (writer: RequestWriter) => (request: ModelRequest) => ApiBody | Promise<ApiBody>
  /** How answers are read; asked for by a model until it has it, while its request is under way. */
  readonly loadReader: () => Promise<ReadAnswer>
}

/** What is made of a value, kept as long as the value itself: nothing is converted twice. */
export const createMemo = <Key extends object, Value>(make: (key: Key) => Value): ((key: Key) => Value) => {
  const made = new WeakMap<Key, Value>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(key)
    made.set(key, value)
    return value
  }
}

/** The choice, where there are tools to choose from. @throws InvalidArgument when a call is demanded and there are none */
export const checkToolChoice = ({ tools = [], toolChoice }: ModelRequest): ToolChoice | undefined => {
  if (tools.length > 0) return toolChoice
  if (toolChoice === undefined || toolChoice === 'auto' || toolChoice === 'none') return undefined
  throw new InvalidArgument('toolChoice', 'tools to choose from', 'none')
}

/** The effort. @throws InvalidArgument for a budget in tokens, which this API does not have */
export const toEffort = (
  reasoning: ModelRequest['reasoning'],
): 'none' | 'low' | 'medium' | 'high' | undefined => {
  if (typeof reasoning !== 'object') return reasoning
  throw new InvalidArgument(
    'reasoning',
    "'none', 'low', 'medium' or 'high' (no budget of tokens with this API)",
    `maxTokens: ${reasoning.maxTokens}`,
  )
}
