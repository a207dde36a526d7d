/** The values of a source; throws the signal's reason as soon as it aborts, though the source gives nothing. */
export async function* untilLost<T>(source: AsyncIterable<T>, lost: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]()
  let fail: ((reason: unknown) => void) | undefined
  const listen = (): void => fail?.(lost.reason)
  lost.addEventListener('abort', listen)
  let isOver = false
  try {
    for (;;) {
      const step = await new Promise<IteratorResult<T>>((resolve, reject) => {
        fail = reject
        if (lost.aborted) reject(lost.reason)
        else iterator.next().then(resolve, reject)
      })
      isOver = step.done === true
      if (step.done) return
      yield step.value
    }
  } finally {
    lost.removeEventListener('abort', listen)
    const leaving = isOver ? undefined : iterator.return?.()
    // One that gives nothing does not leave either.
    if (!lost.aborted) await leaving
    else leaving?.catch(() => {})
  }
}
