import { ModelError, type ModelEvent, type ModelRequest } from '@ashlar/core'
import type { AssistantPart } from '@ashlar/core/message'
import { restateError } from './attempts.ts'
import type { OpenedStream } from './model-stream.ts'
import { createPartialAnswer, type PartialAnswer } from './partial-answer.ts'
import { createStitch, type Stitch } from './stitch.ts'

export interface ContinueOptions {
  readonly request: ModelRequest
  /** Opens the next model's stream, or throws what the caller is to see; without a request there is no going on. */
  readonly next: (error: unknown, request: ModelRequest | undefined) => Promise<OpenedStream>
}

const goOn =
  'Your answer was cut off. Continue it exactly where it stopped, in the middle of a word if need be. ' +
  'Do not repeat anything and do not introduce or explain the continuation.'

const saidSoFar = ({ parts, openText }: PartialAnswer): AssistantPart[] => [
  ...parts.filter(({ type }) => type === 'text'),
  ...(openText === '' ? [] : [{ type: 'text' as const, text: openText }]),
]

const continued = (request: ModelRequest, said: AssistantPart[]): ModelRequest => ({
  ...request,
  messages: [
    ...request.messages,
    { role: 'assistant', content: said },
    { role: 'user', content: [{ type: 'text', text: goOn }] },
  ],
})

/** An error always tells what the reader has seen, whichever model said it. */
const withPartial = (error: unknown, shown: PartialAnswer): unknown => {
  const partial = shown.all()
  return ModelError.isInstance(error) && partial.length > 0 ? restateError(error, { partial }) : error
}

/** The events of one model, the first text of which goes on from what was said before. */
async function* stitched(
  { first, rest }: OpenedStream,
  stitch: Stitch | undefined,
): AsyncGenerator<ModelEvent> {
  try {
    for (let result = first; !result.done; result = await rest.next())
      if (stitch) yield* stitch(result.value)
      else yield result.value
  } finally {
    await rest.return?.()
  }
}

async function* read(
  opened: OpenedStream,
  { request, next }: ContinueOptions,
): AsyncGenerator<ModelEvent, undefined> {
  const shown = createPartialAnswer()
  let current = opened
  let stitch: Stitch | undefined
  for (;;) {
    try {
      for await (const event of stitched(current, stitch)) {
        shown.event(event)
        yield event
      }
      return undefined
    } catch (error) {
      const said = saidSoFar(shown)
      const isFinal = shown.parts.some(({ type }) => type === 'tool-call')
      const again = said.length > 0 ? continued(request, said) : request
      try {
        current = await next(error, isFinal ? undefined : again)
      } catch (final) {
        throw withPartial(final, shown)
      }
      stitch = said.length > 0 ? createStitch(shown.openText) : undefined
    }
  }
}

/** A stream that, when it breaks, goes on with the stream of another model, in the same text part. */
export const continueAnswer = (opened: OpenedStream, options: ContinueOptions): OpenedStream => {
  const rest = read({ first: opened.first, rest: opened.rest }, options)
  // The first event is there already; the generator is one event behind, and gives it first.
  let skipped = false
  return {
    first: opened.first,
    rest: {
      async next() {
        if (!skipped) {
          skipped = true
          await rest.next()
        }
        return rest.next()
      },
      async return() {
        if (!skipped) await opened.rest.return?.()
        return rest.return(undefined)
      },
    },
  }
}
