import { describe, expect, it, vi } from 'vitest'
import { createBounded } from './bounded.ts'

const late = new Error('late')
const bounded = createBounded(30, () => late)
const forEver = (): boolean => /^(a+)+$/.test(`${'a'.repeat(60)}!`)

describe('createBounded', () => {
  it('gives back what a function returns, and its errors', () => {
    expect(bounded(() => [1, 2])).toEqual([1, 2])
    expect(bounded(() => undefined)).toBeUndefined()
    const own = new Error('own')
    expect(() =>
      bounded(() => {
        throw own
      }),
    ).toThrow(own)
  })

  it('stops what takes for ever, and can be used again', () => {
    expect(() => bounded(forEver)).toThrow(late)
    expect(bounded(() => 1)).toBe(1)
  })

  it('gives another chance to what hardly got to run', () => {
    const idle = vi.spyOn(process, 'cpuUsage').mockReturnValue({ user: 0, system: 0 })
    let runs = 0
    const finishesSecond = (): number => {
      runs += 1
      return runs === 1 ? Number(forEver()) : runs
    }
    expect(bounded(finishesSecond)).toBe(2)
    expect(() => bounded(forEver)).toThrow(late)
    idle.mockRestore()
  })
})
