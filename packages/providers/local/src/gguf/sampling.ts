import type { ModelRequest } from '@ashlar/core'
import type { GenerateOptions } from './llama-module.ts'

/** How tokens are drawn where a request does not say. */
export interface GgufSampling {
  /** 0 takes the likeliest token each time. @default 0 */
  readonly temperature?: number
  readonly topP?: number
  readonly topK?: number
  readonly minP?: number
  /** Makes recent tokens less likely; 1 is none. @default 1.1 */
  readonly repeatPenalty?: number
}

/** Tokens of thought for each effort: none, a sixteenth, a quarter and a half of the usual context of 8,192. */
const thoughtTokens = { none: 0, low: 512, medium: 2_048, high: 4_096 } as const

const budgetsOf = ({ reasoning }: ModelRequest): Pick<GenerateOptions, 'budgets'> => {
  if (reasoning === undefined) return {}
  const tokens = typeof reasoning === 'string' ? thoughtTokens[reasoning] : reasoning.maxTokens
  return { budgets: { thoughtTokens: tokens } }
}

/** The request's own settings over those of the model; `providerOptions.local` may hold topK, minP and repeatPenalty. */
export const samplingOf = (request: ModelRequest, sampling: GgufSampling): GenerateOptions => {
  const local = request.providerOptions?.['local'] ?? {}
  const pick = (name: 'topK' | 'minP' | 'repeatPenalty'): number | undefined => {
    const value = local[name]
    return typeof value === 'number' ? value : sampling[name]
  }
  const given = {
    temperature: request.temperature ?? sampling.temperature,
    topP: request.topP ?? sampling.topP,
    topK: pick('topK'),
    minP: pick('minP'),
    seed: request.seed,
  }
  const penalty = pick('repeatPenalty')
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    ...(penalty !== undefined && { repeatPenalty: penalty === 1 ? (false as const) : { penalty } }),
    ...budgetsOf(request),
    ...(request.stop && { customStopTriggers: request.stop }),
  }
}
