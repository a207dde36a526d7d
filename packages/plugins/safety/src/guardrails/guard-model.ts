import {
  type AssistantPart,
  type FinishEvent,
  type LanguageModel,
  ModelError,
  type ModelEvent,
  type ModelRequest,
} from '@ashlar/core'
import { GuardrailDenied } from './guardrail-denied.ts'
import { withoutData } from './guard-messages.ts'
import type { GuardrailSubject } from './guardrail.ts'
import type { Masks, Review } from './review.ts'

type DeltaType = 'text-delta' | 'reasoning-delta'
type Event = Exclude<ModelEvent, FinishEvent>

const maskPart = (part: AssistantPart, masks: Masks): AssistantPart => {
  if (part.type === 'tool-call') {
    const input = masks.value(part.input)
    return input === part.input ? part : withoutData({ ...part, input })
  }
  const text = masks.text(part.text)
  return text === part.text ? part : withoutData({ ...part, text })
}

/** Masks deltas as they come: one window for text, one for reasoning. */
const createWindows = (masks: Masks) => {
  const open = new Map<DeltaType, ReturnType<Masks['stream']>>()
  return {
    push: (type: DeltaType, chunk: string): ModelEvent[] => {
      const stream = open.get(type) ?? masks.stream()
      open.set(type, stream)
      const text = stream.push(chunk)
      return text === '' ? [] : [{ type, text }]
    },
    /** What is left, before the part that the deltas belong to. */
    end: (): ModelEvent[] => {
      const rest = [...open].map(([type, stream]): ModelEvent => ({ type, text: stream.end() }))
      open.clear()
      return rest.filter((event) => 'text' in event && event.text !== '')
    },
  }
}

/** Parts of an answer after its texts were replaced by one; the texts stay where the first of them was. */
const withText = (parts: readonly AssistantPart[], text: string): AssistantPart[] => {
  const first = parts.findIndex(({ type }) => type === 'text')
  const kept = parts.flatMap((part, index): AssistantPart[] => {
    if (part.type !== 'text') return [part]
    return index === first ? [{ type: 'text', text }] : []
  })
  return first < 0 ? [{ type: 'text', text }, ...kept] : kept
}

const textIn = (parts: readonly AssistantPart[]): string =>
  parts.map((part) => (part.type === 'text' ? part.text : '')).join('')

export interface GuardModelOptions {
  readonly review: Review
  readonly about: Pick<GuardrailSubject, 'agent' | 'signal'>
}

/** The answer as a whole, checked. @throws ModelError of kind `content` when it is denied */
const checkAnswer = async (
  model: LanguageModel,
  { parts, finish }: { readonly parts: readonly AssistantPart[]; readonly finish: FinishEvent },
  { review, about }: GuardModelOptions,
): Promise<readonly AssistantPart[]> => {
  const text = textIn(parts)
  const isFinal = finish.reason !== 'pause' && !parts.some(({ type }) => type === 'tool-call')
  if (text === '' && !isFinal) return parts
  try {
    const checked = await review.check({ ...about, stage: 'output', text, isFinal })
    return checked.text === text ? parts : withText(parts, checked.text)
  } catch (error) {
    if (!GuardrailDenied.isInstance(error)) throw error
    const { provider, modelId } = model
    const { usage, attempts } = finish
    throw new ModelError(
      error.message,
      { kind: 'content', provider, modelId, usage, ...(attempts && { attempts }) },
      { cause: error },
    )
  }
}

async function* guardedStream(
  model: LanguageModel,
  request: ModelRequest,
  options: GuardModelOptions,
): AsyncGenerator<ModelEvent> {
  const { masks } = options.review
  const whole = options.review.checks('output')
  const windows = createWindows(masks)
  const parts: AssistantPart[] = []
  const take = function* (event: Event): Generator<ModelEvent> {
    if (event.type !== 'part') {
      if (!whole) yield* windows.push(event.type, event.text)
      return
    }
    const part = maskPart(event.part, masks)
    parts.push(part)
    if (whole) return
    yield* windows.end()
    yield { type: 'part', part }
  }
  try {
    for await (const event of model.stream(request)) {
      if (event.type !== 'finish') yield* take(event)
      else {
        yield* windows.end()
        if (whole)
          for (const part of await checkAnswer(model, { parts, finish: event }, options)) {
            if (request.deltas !== false && part.type !== 'tool-call' && part.text !== '')
              yield { type: `${part.type}-delta`, text: part.text }
            yield { type: 'part', part }
          }
        yield event
      }
    }
  } catch (error) {
    throw masks.error(error)
  }
}

/**
 * The model with its answers masked and checked. Masks alone work on windows: deltas come a little later. Where
 * something checks answers, they are held back until it has seen the whole, and come as one delta a part.
 */
export const guardModel = (model: LanguageModel, options: GuardModelOptions): LanguageModel => ({
  provider: model.provider,
  modelId: model.modelId,
  stream: (request) => guardedStream(model, request, options),
})
