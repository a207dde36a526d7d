import { describe, expect, it } from 'vitest'
import { type Defect, referenceModel } from './reference-model.ts'
import type { Runner } from './runner.ts'
import { testModel } from './test-model.ts'

testModel(
  { name: 'the reference model', dialect: 'ollama', create: ({ url }) => referenceModel(url) },
  { describe, it },
)

/** Runs the whole contract against a model with a defect; the titles of the tests that fail. */
const failuresOf = async (defect: Defect): Promise<{ failures: string[]; total: number }> => {
  const tests: [string, () => Promise<void>][] = []
  const runner: Runner = {
    describe: (_, body) => body(),
    it: (name, test) => void tests.push([name, test]),
  }
  testModel(
    { name: defect, dialect: 'ollama', timeoutMs: 500, create: ({ url }) => referenceModel(url, defect) },
    runner,
  )
  const results = await Promise.all(
    tests.map(async ([name, test]) => {
      try {
        await test()
        return []
      } catch {
        return [name]
      }
    }),
  )
  return { failures: results.flat(), total: tests.length }
}

describe('the contract catches a model that', () => {
  it.each<[Defect, RegExp]>([
    ['eager', /sends nothing before it is iterated/],
    ['no-deltas', /streams an answer in deltas/],
    ['wraps-abort', /throws the reason of an abort in the middle/],
    ['swallows-abort', /throws the reason of an abort in the middle/],
    ['leaks-listener', /leaves no listener/],
    ['keeps-socket', /frees the socket when the reader leaves early/],
    ['settles-twice', /settles once with the usage/],
    ['never-settles-failures', /settles once when the vendor refuses/],
    ['ignores-temperature', /honours temperature/],
    ['decodes-packets-alone', /however the bytes are cut/],
    ['forgives-truncation', /ends too early/],
    ['retries', /turns 500 into/],
    ['tells-key', /never repeats the key/],
    ['loses-partial', /with what had arrived/],
    ['no-deadline', /times out while waiting for the headers/],
  ])('%s', async (defect, title) => {
    const { failures, total } = await failuresOf(defect)
    expect(failures.some((name) => title.test(name))).toBe(true)
    expect(failures.length).toBeLessThan(total)
  })
})

it('needs a runner where none is global, and a dialect it knows', () => {
  const create = () => referenceModel('http://127.0.0.1:1')
  expect(() => testModel({ name: 'x', dialect: 'ollama', create })).toThrow(
    /runner: expected \{ describe, it \}/,
  )
  // @ts-expect-error unknown on purpose
  expect(() => testModel({ name: 'x', dialect: 'esperanto', create }, { describe, it })).toThrow('dialect')
})
