import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ConfigError } from './config-error.ts'
import { createFolders } from './fixture-folders.ts'
import { watchConfig } from './watch-config.ts'

const schema = {
  type: 'object',
  properties: { model: { type: 'string' }, steps: { type: 'integer' } },
} as const

const until = async (condition: () => boolean): Promise<void> => {
  const deadline = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('it did not happen')
    await sleep(10)
  }
}

describe('watchConfig', () => {
  it('follows its files, and keeps the old configuration while they are wrong', async () => {
    await using folders = await createFolders()
    const project = await folders.write('project/ashlar.config.yaml', 'model: one\n')
    const models: unknown[] = []
    const errors: unknown[] = []
    const watch = await watchConfig(
      { schema, ...folders.options },
      {
        onChange: ({ value }) => models.push(value.model),
        onError: (error) => errors.push(error),
        quietMs: 5,
      },
    )
    try {
      expect(watch.current.value).toEqual({ model: 'one' })
      await folders.write('project/ashlar.config.yaml', 'model: two\n')
      await until(() => models.includes('two'))
      await folders.write('project/ashlar.config.yaml', 'model: [\n')
      await until(() => errors.length > 0)
      expect(watch.current.value).toEqual({ model: 'two' })
      expect(ConfigError.isInstance(errors.at(-1)) && errors.at(-1)).toMatchObject({
        issues: [{ origin: { file: project } }],
      })
      await folders.write('home/ashlar/ashlar.config.json', '{ "steps": 3 }')
      await folders.write('project/ashlar.config.yaml', 'model: three\n')
      await until(() => models.includes('three') && watch.current.value.steps === 3)
      await rm(project)
      await until(() => watch.current.value.model === undefined)
    } finally {
      watch.close()
    }
    const seen = models.length
    await folders.write('project/ashlar.config.yaml', 'model: late\n')
    await watch.reload()
    await sleep(30)
    expect(models.length).toBe(seen)
  })

  it('tells of no change where there is none, and starts with nothing wrong', async () => {
    await using folders = await createFolders()
    const file = await folders.write('project/ashlar.config.yaml', 'model: one\n')
    let changes = 0
    const options = { schema, ...folders.options, userFolder: `${folders.root}/none` }
    const watch = await watchConfig(options, { onChange: () => changes++ })
    const before = watch.current
    await folders.write('project/ashlar.config.yaml', '# the same\nmodel: one\n')
    await Promise.all([watch.reload(), watch.reload()])
    expect([changes, watch.current]).toEqual([0, before])
    watch.close()
    await folders.write('project/ashlar.config.yaml', 'modle: one\n')
    await expect(watchConfig(options)).rejects.toThrow(`${file}:1:1 modle`)
  })
})
