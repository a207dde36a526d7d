import { isObject, type Tool, type toolContent, type ToolContext } from '@ashlar/core'
import { GuardrailDenied } from './guardrail-denied.ts'
import { maskUserPart } from './guard-messages.ts'
import type { GuardrailSubject } from './guardrail.ts'
import type { Review } from './review.ts'
import { reviewResult } from './review-result.ts'

class MaskedContext implements ToolContext {
  readonly callId: string
  readonly idempotencyKey: string
  readonly report: (update: unknown) => void
  readonly #context: ToolContext
  constructor(context: ToolContext, { masks }: Review) {
    this.callId = context.callId
    this.idempotencyKey = context.idempotencyKey
    this.report = (update) => context.report(masks.value(update))
    this.#context = context
  }
  get signal(): AbortSignal {
    return this.#context.signal
  }
  get run(): ToolContext['run'] {
    return this.#context.run
  }
}

/** A context whose progress is masked: the one that plugins further in and the tool are to see, one and the same. */
export const maskContext = (context: ToolContext, review: Review): ToolContext =>
  new MaskedContext(context, review)

type Content = ReturnType<typeof toolContent>

/** By the brand of `toolContent`. */
const isContent = (value: unknown): value is Content =>
  isObject(value) && Symbol.for('ashlar.tool-content') in value

/** What the model is told instead of a result. An error is text as well: it may hold instructions, as a result may. */
const toFailure = async (error: unknown, check: (text: string) => Promise<string>): Promise<unknown> => {
  const withheld = (cause: Error): Error => new Error(`The result was withheld. ${cause.message}`, { cause })
  if (GuardrailDenied.isInstance(error)) return withheld(error)
  const message = String(isObject(error) ? error['message'] : error)
  try {
    const text = await check(message)
    return text === message ? error : new Error(text, { cause: error })
  } catch (denied) {
    return GuardrailDenied.isInstance(denied) ? withheld(denied) : denied
  }
}

/**
 * The tool with its results masked and checked where they arise, so that nothing between it and the loop (journals,
 * traces, other plugins) sees more. What a check denies, the model is told of as an error.
 */
export const guardTool = (
  tool: Tool,
  review: Review,
  about: Pick<GuardrailSubject, 'agent' | 'tool'>,
): Tool => {
  const { execute } = tool
  if (!execute) return tool
  const { masks } = review
  const reviewed = async (text: string, { signal }: ToolContext): Promise<string> =>
    (await review.check({ ...about, stage: 'result', text, signal })).text
  const checked = (text: string, context: ToolContext): Promise<string> => reviewed(masks.text(text), context)
  return {
    ...tool,
    execute: async (input, context) => {
      try {
        const given = await execute(input, context)
        if (typeof given === 'string') return await checked(given, context)
        if (isContent(given)) {
          const masked = {
            output: masks.text(given.output),
            content: given.content.map((part) => maskUserPart(part, masks)),
          }
          return { ...given, ...(await reviewResult(masked, (text) => reviewed(text, context))) }
        }
        return await checked(JSON.stringify(masks.value(given)) ?? 'null', context)
      } catch (error) {
        context.signal.throwIfAborted()
        throw await toFailure(masks.error(error), (text) => checked(text, context))
      }
    },
  }
}
