import type { Message, RunInput, UserPart } from '@ashlar/core'
import { type GuardrailSubject, isNew } from './guardrail.ts'
import { textOf, withTextOf } from './part-text.ts'
import type { Masks, Review } from './review.ts'
import { reviewPart, reviewResult } from './review-result.ts'

/** A part without secrets: its text, its address, the contents of a file of text. */
export const maskUserPart = (part: UserPart, masks: Masks): UserPart => {
  const text = textOf(part)
  if (text !== undefined) {
    const shown = masks.text(text)
    return shown === text ? part : withTextOf(part, shown)
  }
  if (part.type === 'text' || part.url === undefined || part.url.startsWith('data:')) return part
  const url = masks.text(part.url)
  return url === part.url ? part : { ...part, url }
}

const maskMessage = (message: Message, masks: Masks): Message => {
  if (message.role === 'user')
    return { ...message, content: message.content.map((part) => maskUserPart(part, masks)) }
  if (message.role === 'tool')
    return {
      ...message,
      content: message.content.map((part) => ({
        ...part,
        output: masks.text(part.output),
        ...(part.content && { content: part.content.map((one) => maskUserPart(one, masks)) }),
      })),
    }
  return {
    ...message,
    content: message.content.map((part) => {
      if (part.type === 'tool-call') {
        const input = masks.value(part.input)
        return input === part.input ? part : withoutData({ ...part, input })
      }
      const text = masks.text(part.text)
      return text === part.text ? part : withoutData({ ...part, text })
    }),
  }
}

/** Vendors sign what they said, or keep a copy beside it: what was changed goes without. */
export const withoutData = <P extends { providerData?: unknown }>(part: P): P => {
  delete part.providerData
  return part
}

/** Masks messages, each once: a transcript grows, and what is in it does not change. */
export const createMessageMask = (masks: Masks): ((messages: readonly Message[]) => readonly Message[]) => {
  const seen = new WeakMap<Message, Message>()
  const once = (message: Message): Message => {
    const known = seen.get(message)
    if (known) return known
    const masked = maskMessage(message, masks)
    const shown = JSON.stringify(masked) === JSON.stringify(message) ? message : masked
    seen.set(message, shown)
    return shown
  }
  return (messages) => {
    const shown = messages.map(once)
    return shown.every((message, index) => message === messages[index]) ? messages : shown
  }
}

/** What a run starts from: all of it masked, what is new in it checked. @throws GuardrailDenied */
export const guardInput = async (
  input: RunInput,
  review: Review,
  {
    mask,
    ...about
  }: Pick<GuardrailSubject, 'agent' | 'signal'> & { mask: ReturnType<typeof createMessageMask> },
): Promise<RunInput> => {
  const masked = mask(input.messages)
  const messages: Message[] = []
  for (const [index, message] of masked.entries()) {
    if (message.role === 'assistant' || !isNew(masked, index)) messages.push(message)
    else if (message.role === 'user') {
      const content: UserPart[] = []
      for (const part of message.content)
        content.push(
          await reviewPart(
            part,
            async (text) => (await review.check({ ...about, stage: 'input', text })).text,
          ),
        )
      messages.push({ ...message, content })
    } else {
      const content = []
      for (const part of message.content) {
        const shown = await reviewResult(
          { output: part.output, content: part.content ?? [] },
          async (text) => {
            return (await review.check({ ...about, stage: 'result', tool: part.name, text })).text
          },
        )
        content.push({
          ...part,
          output: shown.output,
          ...(part.content && { content: shown.content }),
        })
      }
      messages.push({ ...message, content })
    }
  }
  return { ...input, messages }
}
