import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ConfigNode, leavesOf, mergeTrees, nodeAt, toPlain, withAddingLists } from './config-tree.ts'
import { formatPath, type LayerName } from './origin.ts'
import { treeOfData } from './tree-builder.ts'

const treeOf = (data: unknown, layer: LayerName): ConfigNode | undefined => {
  const issues: unknown[] = []
  const tree = treeOfData(data, { layer }, issues as never[])
  expect(issues).toEqual([])
  return tree
}

const key = fc.constantFrom('a', 'b', 'c')
const leaf = fc.oneof(
  fc.constantFrom<unknown>(0, 1, 2, null, 'x', true),
  fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
)
const keysOf = <T>(inner: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.dictionary(key, inner, { maxKeys: 3, noNullPrototype: true })
const data = fc.oneof(leaf, keysOf(fc.oneof(leaf, keysOf(fc.oneof(leaf, keysOf(leaf))))))
const branch = keysOf(data)
const layers: readonly LayerName[] = ['defaults', 'user', 'project', 'env', 'flags']

/** Merged by the words of the README: a stronger layer over a weaker one, value by value. */
const expected = (all: readonly unknown[]): unknown =>
  all.reduce((weak, strong) => {
    const isKeys = (value: unknown): value is Record<string, unknown> =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
    const merge = (a: unknown, b: unknown): unknown => {
      if (!isKeys(b)) return b
      if (!isKeys(a)) return b
      const keys = new Set([...Object.keys(a), ...Object.keys(b)])
      return Object.fromEntries(
        [...keys].map((each) => [
          each,
          each in b ? (each in a ? merge(a[each], b[each]) : b[each]) : a[each],
        ]),
      )
    }
    return merge(weak, strong)
  })

const origins = (tree: ConfigNode | undefined): Record<string, string> =>
  Object.fromEntries(
    tree ? [...leavesOf(tree)].map(([path, node]) => [formatPath(path), node.origin.layer]) : [],
  )

describe('merging layers', () => {
  it('is associative where lists add up', () => {
    const adding = (given: unknown, layer: LayerName): ConfigNode | undefined => {
      const tree = treeOf(given, layer)
      return (
        tree && [['a'], ['*', 'b']].reduce<ConfigNode>((marked, path) => withAddingLists(marked, path), tree)
      )
    }
    fc.assert(
      fc.property(data, data, data, (a, b, c) => {
        const [x, y, z] = [adding(a, 'user'), adding(b, 'project'), adding(c, 'env')]
        const left = mergeTrees(mergeTrees(x, y), z)
        const right = mergeTrees(x, mergeTrees(y, z))
        expect(left && toPlain(left)).toEqual(right && toPlain(right))
        expect(origins(left)).toEqual(origins(right))
      }),
      { numRuns: 1000 },
    )
    const lists = [
      { a: [1], c: [1] },
      { a: [2], c: [2] },
    ].map((each) => adding(each, 'user'))
    const [first, second] = lists
    const merged = mergeTrees(first, second)
    expect(merged && toPlain(merged)).toEqual({ a: [1, 2], c: [2] })
  })

  it('is associative, with every origin', () => {
    fc.assert(
      fc.property(data, data, data, (a, b, c) => {
        const [x, y, z] = [treeOf(a, 'user'), treeOf(b, 'project'), treeOf(c, 'env')]
        const left = mergeTrees(mergeTrees(x, y), z)
        const right = mergeTrees(x, mergeTrees(y, z))
        expect(left && toPlain(left)).toEqual(right && toPlain(right))
        expect(origins(left)).toEqual(origins(right))
      }),
      { numRuns: 1000 },
    )
  })

  it('gives the strongest value for each key', () => {
    fc.assert(
      fc.property(fc.array(branch, { minLength: 1, maxLength: 5 }), (all) => {
        const tree = all
          .map((each, index) => treeOf(each, layers[index] ?? 'flags'))
          .reduce(mergeTrees, undefined)
        expect(tree && toPlain(tree)).toEqual(expected(all))
      }),
      { numRuns: 1000 },
    )
  })

  it('knows of each leaf the layer that set it', () => {
    fc.assert(
      fc.property(fc.array(branch, { minLength: 1, maxLength: 5 }), (all) => {
        const trees = all.map((each, index) => treeOf(each, layers[index] ?? 'flags'))
        const merged = trees.reduce(mergeTrees, undefined)
        for (const [path, node] of merged ? leavesOf(merged) : []) {
          const index = layers.indexOf(node.origin.layer)
          const own = nodeAt(trees[index], path)
          expect(own && toPlain(own)).toEqual(toPlain(node))
          // No stronger layer says anything there.
          for (const stronger of trees.slice(index + 1)) {
            const said = nodeAt(stronger, path)
            if (said && node.kind !== 'branch') expect.fail(`${formatPath(path)} is set by a stronger layer`)
          }
        }
      }),
    )
  })

  it('is not associative when it forgets what was replaced: the check can fail', () => {
    const [x, y, z] = [
      treeOf({ a: { b: 1 } }, 'user'),
      treeOf({ a: 2 }, 'project'),
      treeOf({ a: { c: 3 } }, 'env'),
    ]
    const right = mergeTrees(y, z)
    const forgetful = right && treeOf(toPlain(right), 'env')
    expect(toPlain(mergeTrees(x, forgetful) ?? { kind: 'leaf', value: 0, origin: { layer: 'env' } })).toEqual(
      { a: { b: 1, c: 3 } },
    )
    expect(toPlain(mergeTrees(x, right) ?? { kind: 'leaf', value: 0, origin: { layer: 'env' } })).toEqual({
      a: { c: 3 },
    })
  })
})
