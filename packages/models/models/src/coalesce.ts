import type { LanguageModel, ModelRequest } from '@ashlar/core'
import { checkFunctions, checkModel, checkNames } from './check-options.ts'
import { type Clock, systemClock } from '@ashlar/core/clock'
import type { OpenedStream } from './model-stream.ts'
import { canonicalRequest } from './request-key.ts'
import { createSharedCall, type SharedCall } from './shared-call.ts'
import { wrapModel } from './wrap-model.ts'

export interface CoalesceOptions {
  /**
   * What requests must have in common beside everything that changes the answer, such as a tenant; undefined keeps a
   * request to itself.
   * @default nothing
   */
  readonly key?: (request: ModelRequest) => string | undefined
  readonly clock?: Clock
}

/**
 * Equal requests at the same time share one upstream call. Each reader gets every event; who joins late gets those
 * before first. One reader that aborts, leaves, or has its deadline pass does not disturb the others; when the last is
 * gone, the call is aborted. The call is made and billed for the request that came first; the `finish` of the others
 * is `replayed`.
 *
 * @throws InvalidArgument when an option is wrong
 */
export const coalesce = (model: LanguageModel, options: CoalesceOptions = {}): LanguageModel => {
  checkModel(model)
  checkNames(options, ['key', 'clock'])
  checkFunctions(options, ['key'])
  const { key = () => '', clock = systemClock } = options
  const calls = new Map<string, SharedCall>()

  const open = async (request: ModelRequest): Promise<OpenedStream> => {
    request.signal?.throwIfAborted()
    const shared = key(request)
    const name =
      shared === undefined
        ? undefined
        : `${request.deltas !== false}\n${shared}\n${canonicalRequest(model, request)}`
    const known = name === undefined ? undefined : calls.get(name)
    const call =
      known ??
      createSharedCall(model, {
        request,
        clock,
        onOver: () => void (name !== undefined && calls.get(name) === call && calls.delete(name)),
      })
    if (name !== undefined) calls.set(name, call)
    const rest = call.join(request, { isFirst: !known })
    return { first: await rest.next(), rest }
  }
  return wrapModel('coalesce', { inner: [model], open })
}
