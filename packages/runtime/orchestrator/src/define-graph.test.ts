import { InvalidArgument } from '@ashlar/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineGraph } from './define-graph.ts'
import { InvalidGraph } from './graph-errors.ts'
import { criticalPathOf, levelsOf } from './graph-shape.ts'
import { randomTasks } from './testing/random-tasks.ts'
import type { Task } from './task.ts'

const problemsOf = (tasks: readonly Task[]): readonly string[] => {
  try {
    defineGraph(tasks)
  } catch (error) {
    if (InvalidGraph.isInstance(error)) return error.problems
    throw error
  }
  return []
}

describe('defineGraph', () => {
  it('puts everything after what it depends on', () => {
    fc.assert(
      fc.property(randomTasks(), (tasks) => {
        const graph = defineGraph(tasks)
        const place = new Map(Array.from(graph.order, (task, i) => [graph.tasks[task]?.id, i]))
        expect(place.size).toBe(tasks.length)
        for (const { id, dependsOn = [] } of tasks)
          for (const from of dependsOn) expect(place.get(from)).toBeLessThan(place.get(id) ?? -1)
      }),
    )
  })

  it('names all that is wrong at once, and prints the cycles', () => {
    const tasks: Task[] = [
      { id: 'a', dependsOn: ['c'] },
      { id: 'b', dependsOn: ['a'] },
      { id: 'c', dependsOn: ['b'] },
      { id: 'behind', dependsOn: ['c'] },
      { id: 'self', dependsOn: ['self'] },
      { id: 'twice' },
      { id: 'twice' },
      { id: '' },
      { id: 'lost', dependsOn: ['nowhere'], timeoutMs: 0, priority: Number.NaN },
      // @ts-expect-error a name that is no rule
      { id: 'odd', trigger: 'sometimes' },
    ]
    expect(problemsOf(tasks)).toEqual([
      '"twice" is there twice',
      'task 7 has no id',
      '"lost" has the priority NaN, not a number',
      '"lost" has timeoutMs 0, not above 0',
      '"odd" has the trigger "sometimes", not one of all_success, all_done, one_success, none_failed',
      '"lost" depends on "nowhere", which is not there',
      'a cycle: a → b → c → a',
      'a cycle: self → self',
    ])
    expect(() => defineGraph(tasks)).toThrow('The tasks make no graph: "twice" is there twice; ')
    // @ts-expect-error not a list
    expect(() => defineGraph('a')).toThrow(InvalidArgument)
  })

  it('finds a cycle wherever one arc back makes it', () => {
    fc.assert(
      fc.property(randomTasks(), fc.nat(), fc.nat(), (tasks, one, other) => {
        const [a, b] = [one % Math.max(1, tasks.length), other % Math.max(1, tasks.length)].toSorted(
          (x, y) => x - y,
        )
        const [from, to] = [tasks[a ?? 0], tasks[b ?? 0]]
        if (!from || !to) return
        const chained = tasks.map((task) => {
          if (task === from) return { ...task, dependsOn: [...(task.dependsOn ?? []), to.id] }
          return task === to ? { ...task, dependsOn: [...(task.dependsOn ?? []), from.id] } : task
        })
        const [problem = ''] = problemsOf(chained)
        expect(problem).toMatch(/^a cycle: /)
        const ids = problem.slice('a cycle: '.length).split(' → ')
        expect(ids[0]).toBe(ids.at(-1))
        for (const [i, id] of ids.slice(1).entries())
          expect(chained.find((task) => task.id === id)?.dependsOn).toContain(ids[i])
      }),
    )
  })

  it('lays a chain of 200,000 without recursion', () => {
    const tasks = Array.from({ length: 200_000 }, (_, i) => ({
      id: `${i}`,
      dependsOn: i > 0 ? [`${i - 1}`] : [],
    }))
    expect(levelsOf(defineGraph(tasks))).toHaveLength(200_000)
    expect(problemsOf([...tasks.slice(1), { id: '0', dependsOn: ['199999'] }])).toEqual([
      'a cycle of 200000 tasks: 1 → 2 → 3 → 4 → 5 → 6 → 7 → 8 → 9 → 10 → … → 1',
    ])
  })
})

describe('the shape of a graph', () => {
  const graph = defineGraph([
    { id: 'plan', expectedMs: 2 },
    { id: 'long', dependsOn: ['plan'], expectedMs: 10 },
    { id: 'short', dependsOn: ['plan'] },
    { id: 'shorter', dependsOn: ['short'] },
    { id: 'join', dependsOn: ['long', 'shorter'], expectedMs: 3 },
    { id: 'alone', expectedMs: 14 },
  ])
  it('has levels', () => {
    expect(levelsOf(graph)).toEqual([['plan', 'alone'], ['long', 'short'], ['shorter'], ['join']])
    expect(levelsOf(defineGraph([]))).toEqual([])
  })
  it('has a critical path', () => {
    expect(criticalPathOf(graph)).toEqual({ ids: ['plan', 'long', 'join'], expectedMs: 15 })
    expect(criticalPathOf(defineGraph([]))).toEqual({ ids: [], expectedMs: 0 })
  })
  it('has a critical path that no other path is longer than', () => {
    fc.assert(
      fc.property(randomTasks({ max: 9 }), (tasks) => {
        const longest = (id: string): number => {
          const task = tasks.find((one) => one.id === id)
          return (task?.expectedMs ?? 1) + Math.max(0, ...(task?.dependsOn ?? []).map(longest))
        }
        const { ids, expectedMs } = criticalPathOf(defineGraph(tasks))
        expect(expectedMs).toBe(Math.max(0, ...tasks.map(({ id }) => longest(id))))
        expect(
          ids.map((id) => tasks.find((task) => task.id === id)?.expectedMs ?? 1).reduce((a, b) => a + b, 0),
        ).toBe(expectedMs)
      }),
    )
  })
})
