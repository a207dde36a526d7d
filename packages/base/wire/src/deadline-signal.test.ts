import { getEventListeners } from 'node:events'
import { describe, expect, it, vi } from 'vitest'
import { createDeadlineSignal } from './deadline-signal.ts'

describe('createDeadlineSignal', () => {
  it('aborts with its source, and leaves nothing on it', () => {
    const source = new AbortController()
    const own = createDeadlineSignal({ signal: source.signal })
    source.abort('why')
    expect(own.signal.reason).toBe('why')
    const other = new AbortController()
    const unused = createDeadlineSignal({ signal: other.signal })
    unused.dispose()
    expect(getEventListeners(other.signal, 'abort')).toHaveLength(0)
    expect(createDeadlineSignal({ signal: source.signal }).signal.reason).toBe('why')
  })

  it('aborts at the deadline, however far it is', () => {
    vi.useFakeTimers()
    try {
      const soon = createDeadlineSignal({ deadline: Date.now() + 1000 })
      const far = createDeadlineSignal({ deadline: Date.now() + 1e12 })
      const disposed = createDeadlineSignal({ deadline: Date.now() + 1000 })
      disposed.dispose()
      vi.advanceTimersByTime(1001)
      expect(soon.signal.reason).toMatchObject({ code: 'timeout', message: 'the deadline passed' })
      expect([far.signal.aborted, disposed.signal.aborted]).toEqual([false, false])
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})
