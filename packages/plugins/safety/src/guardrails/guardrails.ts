import { InvalidArgument, type Plugin } from '@ashlar/core'
import { checkKnownKeys } from '../known-keys.ts'
import { createMessageMask, guardInput } from './guard-messages.ts'
import { guardModel } from './guard-model.ts'
import { guardTool, maskContext } from './guard-tool.ts'
import { GuardrailDenied } from './guardrail-denied.ts'
import type { Guardrail } from './guardrail.ts'
import { createReview, type ReviewOptions } from './review.ts'

export interface GuardrailsOptions extends ReviewOptions {
  /** What is looked after; their `priority` puts them in order. */
  readonly guardrails: readonly Guardrail[]
}

/**
 * Looks after what goes into a run, what its tools are asked and give, and what the model answers. Put it first: it
 * reaches down to the model and the tools themselves, so that plugins between (journals, traces) see what it lets pass.
 * @throws InvalidArgument when a guardrail is none
 */
export const guardrails = (options: GuardrailsOptions): Plugin => {
  checkKnownKeys(options, { of: 'guardrails', known: ['guardrails', 'onReport'] })
  const { guardrails: given, onReport } = options
  if (!Array.isArray(given)) throw new InvalidArgument('guardrails', 'a list of guardrails', given)
  const review = createReview(given, { onReport })
  const { masks } = review
  return {
    name: 'guardrails',
    setup: (run) => {
      const agent = run.agent.name
      const mask = createMessageMask(masks)
      return {
        aroundRun: async function* (input, next) {
          yield* next(await guardInput(input, review, { agent, mask, signal: run.signal }))
        },
        aroundModel: ({ model, request, step }, next) => {
          const messages = mask(request.messages)
          const { instructions } = request
          const masked = {
            ...request,
            messages,
            ...(instructions && { instructions: masks.text(instructions) }),
          }
          const about = { agent, signal: request.signal ?? run.signal }
          return next({ model: guardModel(model, { review, about }), request: masked, step })
        },
        aroundTool: async (call, next) => {
          const about = { agent, tool: call.call.name }
          try {
            const text = JSON.stringify(call.input) ?? 'null'
            const { signal } = call.context
            const { input } = await review.check({ ...about, stage: 'call', text, input: call.input, signal })
            const context = maskContext(call.context, review)
            return await next({ ...call, input, context, tool: guardTool(call.tool, review, about) })
          } catch (error) {
            if (!GuardrailDenied.isInstance(error)) throw error
            return { output: `${error.message}. Do not try the same call again.`, isError: true }
          }
        },
      }
    },
  }
}
