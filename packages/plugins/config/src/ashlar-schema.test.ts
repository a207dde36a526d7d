import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ashlarSchema } from './ashlar-schema.ts'

it('is the file for editors: after a change, ashlar config schema > public/ashlar.schema.json', () => {
  const file: unknown = JSON.parse(
    readFileSync(new URL('../public/ashlar.schema.json', import.meta.url), 'utf8'),
  )
  expect(file).toEqual(ashlarSchema)
})

it('is found by its name', async () => {
  const found: unknown = await import('@ashlar/config/schema.json', { with: { type: 'json' } })
  expect(found).toMatchObject({ default: ashlarSchema })
})
