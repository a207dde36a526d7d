import { addUsage, type Meter, type Usage } from '@ashlar/core'

/** A meter that passes everything on, and remembers what was settled. */
export interface UsageWatch {
  readonly meter: Meter
  /** What the calls made so far have used, as far as it is known. */
  readonly usage: () => Usage | undefined
}

/** Looks at what a leaf model settles, which is known even of a call that was aborted. */
export const watchUsage = (outer: Meter | undefined): UsageWatch => {
  let total: Usage | undefined
  return {
    usage: () => total,
    meter: {
      async reserve(model, request) {
        const settle = await outer?.reserve(model, request)
        return (used) => {
          if (used) total = total ? addUsage(total, used) : used
          settle?.(used)
        }
      },
    },
  }
}
