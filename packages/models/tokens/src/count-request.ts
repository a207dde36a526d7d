import { type ModelRequest, userText } from '@ashlar/core'
import { loadEncoding } from './load-encoding.ts'
import { createRequestTally, type RequestTally, type TallyTotal } from './request-tally.ts'
import { textRuleOf } from './text-rule.ts'

export interface CountRequestOptions {
  readonly modelId: string
  /** Who serves the model. @default read off `modelId` */
  readonly provider?: string
}

/** How many input tokens a request has, and whether that is what its vendor counts. */
export interface RequestCount {
  readonly tokens: number
  /**
   * True only when the encoding is the model's own and its vendor has published how everything in the request
   * is counted; otherwise `tokens` is an estimate that leans high.
   */
  readonly exact: boolean
}

/** Counts requests, as `countRequest` does. */
export type RequestCounter = (request: ModelRequest, options: CountRequestOptions) => Promise<RequestCount>

/** The answer to a chat opens with three tokens. */
const opening = 3
/** What Anthropic adds to the instructions of a request with tools (its guide "Tool use", `tool_choice: auto`). */
const claudeToolPrompt = 346

/** Rules are named after models, whose names come from outside: what is kept of them is bounded. */
const maxRules = 100

interface Known {
  /** By what was counted: messages, tools, schemas. */
  readonly totals: WeakMap<object, TallyTotal>
  /** Texts have no identity: the last one is remembered. */
  instructions?: { readonly text: string; readonly total: TallyTotal }
}

/**
 * A `countRequest` that remembers what it has counted, by the identity of messages, tools and schemas: of a growing
 * transcript only the new messages are counted. They must not be changed in place.
 */
export const createRequestCounter = (): RequestCounter => {
  const rules = new Map<string, Known>()
  const knownOf = (name: string): Known => {
    const known = rules.get(name) ?? { totals: new WeakMap() }
    if (rules.size >= maxRules) rules.clear()
    rules.set(name, known)
    return known
  }
  return async (request, { modelId, provider }) => {
    const rule = textRuleOf(modelId, provider)
    const { count } = await loadEncoding(rule.encoding)
    const known = knownOf(`${provider ?? ''}/${modelId}`)
    const sum = { texts: opening, media: 0, exact: rule.published }
    const add = ({ texts, media, exact }: TallyTotal): void => {
      sum.texts += texts
      sum.media += media
      sum.exact &&= exact
    }
    const tally = (write: (tally: RequestTally) => void): TallyTotal => {
      const written = createRequestTally({ modelId, provider: provider ?? 'openai', count })
      write(written)
      return written.total()
    }
    const addOnce = (subject: object, write: (tally: RequestTally) => void): void => {
      const total = known.totals.get(subject) ?? tally(write)
      known.totals.set(subject, total)
      add(total)
    }
    const { instructions: text, messages, tools, output, providerOptions } = request
    for (const message of messages) {
      const total = known.totals.get(message)
      if (total) add(total)
      else addOnce(message, (written) => written.addMessage(message))
    }
    if (text) {
      if (known.instructions?.text !== text)
        known.instructions = { text, total: tally((written) => written.addMessage(userText(text))) }
      add(known.instructions.total)
    }
    if (tools?.length) addOnce(tools, (written) => written.addTools(tools))
    if (output) addOnce(output, (written) => written.addJson(output))
    const prompt = tools?.length && /claude/i.test(modelId) ? claudeToolPrompt : 0
    return {
      tokens: Math.ceil(sum.texts * rule.factor) + sum.media + prompt,
      // Provider options may hold anything the vendor knows and this function does not.
      exact: sum.exact && providerOptions === undefined,
    }
  }
}

/**
 * Counts the input tokens of a request as it would be sent: messages, instructions, tools, output schema, images
 * and files by the vendor's rule.
 *
 * Text is exact for models of OpenAI; for others it is counted in o200k_base times a factor of the family. Tools
 * are exact where OpenAI has published the rule; elsewhere they, and schemas, are counted as JSON, which no vendor uses
 * as it is.
 */
export const countRequest: RequestCounter = (request, options) => createRequestCounter()(request, options)
