/** Does something once the signal aborts, or at once if it has. @returns how to leave */
export const onAbort = (signal: AbortSignal | undefined, does: () => void): (() => void) => {
  if (signal?.aborted) does()
  else signal?.addEventListener('abort', does, { once: true })
  return () => signal?.removeEventListener('abort', does)
}
