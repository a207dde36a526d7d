import { isObject, type ToolCall, type ToolOutcome } from '@ashlar/core'
import { ReplayMismatch } from './durable-errors.ts'
import type { HeldClaim } from './held-claims.ts'
import { digestOf, type Recording, toJson } from './recorded-model.ts'

const isOutcome = (value: unknown): value is Exclude<ToolOutcome, 'pending'> =>
  isObject(value) && typeof value['output'] === 'string'

const unknownOutcome = (name: string): Exclude<ToolOutcome, 'pending'> => ({
  output:
    `The outcome of this call of ${name} is unknown: the process ended while it ran, so its effect may or may not ` +
    'have happened. Find out before you call it again.',
  isError: true,
})

/** Where a call is recorded, and what makes sure that its effect is still for this process to have. */
export type ToolRecording = Recording & Pick<HeldClaim, 'ensure'>

/** A tool that may run twice: it changes nothing, or the second time changes nothing more. */
const mayRepeat = ({ tool }: ToolCall): boolean =>
  tool.annotations.readOnly === true || tool.annotations.idempotent === true

/**
 * The outcome of a tool call: the one recorded, or that of the tool, recorded before anybody sees it. A call that was
 * begun and never recorded is repeated with the same idempotency key if the tool allows that; otherwise it is `unknown`,
 * and the model is told so.
 * @throws ReplayMismatch when the step was recorded for another call, LeaseLost when the run is another's
 */
export const recordedTool = async (
  call: ToolCall,
  next: (call: ToolCall) => Promise<ToolOutcome>,
  { claim, step: { key, pass }, ensure }: ToolRecording,
): Promise<ToolOutcome> => {
  // Nothing runs here: the caller answers.
  if (!call.tool.execute) return next(call)
  const digest = digestOf(call.call.name, call.input)
  const step = claim.steps.get(key)
  if (step && step.digest !== digest) throw new ReplayMismatch(key)
  if (step && step.state !== 'started' && isOutcome(step.value)) {
    pass()
    return step.value
  }
  if (step && !mayRepeat(call)) {
    const outcome = unknownOutcome(call.call.name)
    await claim.write({ key, state: 'unknown', digest, value: toJson(outcome) })
    pass()
    return outcome
  }
  await claim.write({ key, state: 'started', digest })
  await ensure()
  const outcome = await next(call)
  if (outcome === 'pending') return outcome
  await claim.write({ key, state: 'done', digest, value: toJson(outcome) })
  pass()
  return outcome
}
