import type { Plugin, RunResult } from '@ashlar/core'
import type { ErrorInfo } from './execution.ts'

export const limit = (code: string, message: string): ErrorInfo => ({
  code,
  name: 'ExecutionLimit',
  message,
  // The same again would end the same, but for a slow moment.
  retryable: code === 'timeout',
})

/** Why a run that ended otherwise than `done` is no success. */
export const limitOf = (
  { reason, steps, pending }: RunResult<unknown>,
  { id, maxTokens }: { readonly id: string; readonly maxTokens: number },
): ErrorInfo | undefined => {
  const task = `Task "${id}"`
  if (reason === 'done' || reason === 'stopped') return undefined
  if (reason === 'steps') return limit('iterations', `${task} was not done after ${steps} model calls`)
  if (reason === 'tokens') return limit('tokens', `${task} used all of the ${maxTokens} tokens that it may`)
  if (reason === 'doom-loop') return limit('doom-loop', `${task} made the same call again and again`)
  const waiting = pending.map(({ name }) => name).join(', ')
  if (reason === 'paused') return limit('paused', `${task} waits for an approval of ${waiting}`)
  return limit(reason, `${task} ended by ${reason}`)
}

/** Says to models until when there is time; milliseconds since the epoch. */
export const withDeadline = (until: number): Plugin => ({
  name: 'deadline',
  setup: () => ({
    aroundModel: (call, next) => {
      const deadline = Math.min(until, call.request.deadline ?? Infinity)
      return next({ ...call, request: { ...call.request, deadline } })
    },
  }),
})

/** `provider/model`: a name is that already when it begins with one of the providers, or with any when none are known. */
export const qualify = (
  name: string,
  {
    provider,
    providers,
  }: { readonly provider: string | undefined; readonly providers?: readonly string[] | undefined },
): string => {
  if (provider === undefined) return name
  const slash = name.indexOf('/')
  const first = name.slice(0, Math.max(0, slash))
  const isKnown = slash > 0 && (providers === undefined || first === provider || providers.includes(first))
  return isKnown ? name : `${provider}/${name}`
}
