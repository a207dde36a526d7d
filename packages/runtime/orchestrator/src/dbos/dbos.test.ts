import { InvalidArgument } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import { dbos } from './index.ts'

describe('dbos', () => {
  it('refuses a wrong option', () => {
    for (const wrong of [() => dbos('mysql://x'), () => dbos('postgres://x', { name: 'X' })])
      expect(wrong).toThrow(InvalidArgument)
  })
})
