import type { Plugin } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import { TaskBudgets } from './task-budgets.ts'

const make = (): Plugin => ({ name: 'budget' })

/** One try, which ends. */
const once = (
  budgets: TaskBudgets,
  runId: string | undefined,
  { maxUsd = 1, isDone = false }: { maxUsd?: number; isDone?: boolean } = {},
): Plugin => {
  const own = budgets.begin(runId, maxUsd)
  const plugin = own.plugin(make)
  own.end(isDone)
  return plugin
}

describe('TaskBudgets', () => {
  it('gives the tries of a task one, until it is done', () => {
    const budgets = new TaskBudgets()
    const first = once(budgets, 'r/a')
    expect(once(budgets, 'r/a', { isDone: true })).toBe(first)
    expect(budgets.size).toBe(0)
    expect(once(budgets, 'r/a')).not.toBe(first)
  })

  it('gives another to another task, for another limit, and where there is no path', () => {
    const budgets = new TaskBudgets()
    const first = once(budgets, 'r/a')
    expect(once(budgets, 'r/b')).not.toBe(first)
    expect(once(budgets, 'r/a', { maxUsd: 2 })).not.toBe(first)
    expect(once(budgets, undefined)).not.toBe(once(budgets, undefined))
    expect(budgets.size).toBe(2)
  })

  it('keeps what a try spends from that was left behind, though another succeeds', () => {
    const budgets = new TaskBudgets()
    const [late, next] = [budgets.begin('r/a', 1), budgets.begin('r/a', 1)]
    expect(late.plugin(make)).toBe(next.plugin(make))
    next.end(true)
    expect(budgets.size).toBe(1)
    late.end(true)
    expect(budgets.size).toBe(0)
  })

  it('forgets the oldest of too many, but none that is spent from', () => {
    const budgets = new TaskBudgets(2)
    const running = budgets.begin('r/running', 1)
    const plugin = running.plugin(make)
    const [a, b] = [once(budgets, 'r/a'), once(budgets, 'r/b')]
    expect(budgets.size).toBe(2)
    expect(once(budgets, 'r/b')).toBe(b)
    expect(once(budgets, 'r/a')).not.toBe(a)
    running.end(false)
    expect(once(budgets, 'r/running')).toBe(plugin)
  })

  it('is not troubled by a try that never came to need it', () => {
    const budgets = new TaskBudgets()
    budgets.begin('r/a', 1).end(false)
    expect(budgets.size).toBe(0)
  })
})
