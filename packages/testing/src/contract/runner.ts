import { InvalidArgument } from '@ashlar/core'

/** What a contract suite needs of a test framework; vitest, jest, mocha, bun and `node:test` have it. */
export interface Runner {
  describe(name: string, body: () => void): unknown
  it(name: string, test: () => Promise<void>): unknown
}

const isFunction = (value: unknown): value is (...given: unknown[]) => unknown => typeof value === 'function'

/** The framework whose `describe` and `it` are global. @throws InvalidArgument when there is none */
export const globalRunner = (): Runner => {
  const describe: unknown = Reflect.get(globalThis, 'describe')
  const it: unknown = Reflect.get(globalThis, 'it')
  if (!isFunction(describe) || !isFunction(it))
    throw new InvalidArgument('runner', '{ describe, it } where the test framework has no globals', undefined)
  return { describe: (name, body) => describe(name, body), it: (name, test) => it(name, test) }
}
