import { describe, expect, it } from 'vitest'
import { withResource } from './with-resource.ts'

const createResource = () => {
  const told: string[] = []
  return { told, [Symbol.asyncDispose]: async () => void told.push('gone') }
}

describe('withResource', () => {
  it('disposes of it after the work, and gives what that gave', async () => {
    const resource = createResource()
    const given = await withResource(resource, async ({ told }) => {
      expect(told).toEqual([])
      return 42
    })
    expect([given, resource.told]).toEqual([42, ['gone']])
  })

  it('disposes of it when the work fails', async () => {
    const resource = createResource()
    const failing = withResource(resource, () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    expect(resource.told).toEqual(['gone'])
  })

  it('may be given nothing', async () => {
    expect(await withResource(undefined, async (nothing) => nothing)).toBeUndefined()
  })
})
