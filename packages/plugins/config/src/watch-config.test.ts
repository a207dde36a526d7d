import { realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ConfigError } from './config-error.ts'
import { createFolders, type Folders } from './fixture-folders.ts'
import { watchConfig } from './watch-config.ts'
import { watchedPlaces } from './watched-places.ts'

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

interface Case {
  readonly before: (folders: Folders) => Promise<unknown>
  readonly change: (folders: Folders) => Promise<unknown>
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

  it.each<[string, Case]>([
    [
      'a user’s folder that is made later',
      {
        before: (folders) => rm(join(folders.root, 'home'), { recursive: true }),
        change: (folders) => folders.write('home/ashlar/ashlar.config.yaml', 'model: new\n'),
      },
    ],
    [
      'the file that a link leads to',
      {
        before: async (folders) => {
          await folders.write('dotfiles/mine.yaml', 'model: old\n')
          await symlink('../dotfiles/mine.yaml', join(folders.project, 'ashlar.config.yaml'))
        },
        change: (folders) => folders.write('dotfiles/mine.yaml', 'model: new\n'),
      },
    ],
    [
      'a link on the way that is swapped, as for a mounted volume',
      {
        before: async (folders) => {
          await folders.write('project/..v1/ashlar.config.yaml', 'model: old\n')
          await symlink('..v1', join(folders.project, '..data'))
          await symlink('..data/ashlar.config.yaml', join(folders.project, 'ashlar.config.yaml'))
        },
        change: async (folders) => {
          await folders.write('project/..v2/ashlar.config.yaml', 'model: new\n')
          await symlink('..v2', join(folders.project, '..tmp'))
          await rename(join(folders.project, '..tmp'), join(folders.project, '..data'))
        },
      },
    ],
    [
      'a folder that is put in the place of another',
      {
        before: (folders) => folders.write('home/ashlar/ashlar.config.yaml', 'model: old\n'),
        change: async (folders) => {
          await folders.write('home/other/ashlar.config.yaml', 'model: between\n')
          await rename(folders.user, `${folders.user}-old`)
          await rename(join(folders.root, 'home/other'), folders.user)
        },
      },
    ],
    [
      'a file that an editor puts in place',
      {
        before: (folders) => folders.write('project/ashlar.config.yaml', 'model: old\n'),
        change: async (folders) => {
          await folders.write('project/.swap', 'model: new\n')
          await rename(join(folders.project, '.swap'), join(folders.project, 'ashlar.config.yaml'))
        },
      },
    ],
  ])('follows %s, and what is changed in it after that', async (_, { before, change }) => {
    await using folders = await createFolders()
    await before(folders)
    const watch = await watchConfig({ schema, ...folders.options }, { quietMs: 5 })
    try {
      const first = watch.current.value.model
      await change(folders)
      await until(() => ![first, undefined].includes(watch.current.value.model))
      const [file = ''] = watch.current.files
      await writeFile(await realpath(file), 'model: newest\n')
      await until(() => watch.current.value.model === 'newest')
      expect(watch.current.files).toEqual([file])
    } finally {
      watch.close()
    }
  })

  it('hears of nothing beside its files', async () => {
    await using folders = await createFolders()
    await folders.write('project/ashlar.config.yaml', 'model: one\n')
    const places = await watchedPlaces([folders.project], {
      names: ['ashlar.config.yaml'],
      file: 'ashlar.config',
    })
    expect(places.get(folders.project)).toEqual(new Set(['ashlar.config.yaml']))
    await symlink('b', join(folders.project, 'a'))
    await symlink('a', join(folders.project, 'b'))
    const circle = await watchedPlaces([join(folders.project, 'a')], { names: ['x'], file: 'x' })
    expect(circle.get(folders.project)).toEqual(new Set(['a', 'b']))
  })
})
