import fc from 'fast-check'
import type { Task } from '../task.ts'
import { triggerRules } from '../trigger-rule.ts'

/** Tasks in a random order with random dependencies on earlier ones, so that they make a graph. */
export const randomTasks = ({ max = 30 }: { readonly max?: number } = {}): fc.Arbitrary<Task[]> =>
  fc
    .array(
      fc.record({
        back: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
        trigger: fc.constantFrom(...triggerRules),
        priority: fc.integer({ min: -2, max: 2 }),
        expectedMs: fc.integer({ min: 1, max: 20 }),
        key: fc.constantFrom('a', 'b', undefined),
        place: fc.nat(),
      }),
      { maxLength: max },
    )
    .map((rows) =>
      rows
        .map(({ back, key, place, ...rest }, i) => ({
          place,
          task: {
            ...rest,
            id: `t${i}`,
            dependsOn: [...new Set(back)].filter((n) => n <= i).map((n) => `t${i - n}`),
            ...(key && { key }),
          },
        }))
        .toSorted((a, b) => a.place - b.place)
        .map(({ task }) => task),
    )
