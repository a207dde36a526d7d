import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createFolders, type Folders } from './fixture-folders.ts'

const script = (folders: Folders): string => `
  import { loadConfig, openTrust } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)}
  const schema = { type: 'object', properties: { model: { type: 'string' }, steps: { type: 'integer' } } }
  const options = { schema, ...${JSON.stringify(folders.options)} }
  const say = async () => {
    try {
      const config = await loadConfig(options)
      console.log(JSON.stringify([config.value, config.originOf('model')?.file]))
    } catch (error) {
      console.log(error.name, error.message)
    }
  }
  await say()
  const [file] = process.argv.slice(1)
  if (file) await openTrust(options.userFolder).add(file)
  await say()
`

const run = async (folders: Folders, ...args: string[]): Promise<string[]> => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', script(folders), ...args],
    { timeout: 15_000, env: { PATH: process.env['PATH'] } },
  )
  return stdout.trimEnd().split('\n')
}

describe('a configuration that is a program', () => {
  it('of a project is run when it is trusted, and not before', async () => {
    await using folders = await createFolders()
    const file = await folders.write(
      'project/ashlar.config.ts',
      'const steps: number = 2 + 3\nconsole.log("it ran")\nexport default { model: "a/b", steps }\n',
    )
    const [refused, ran, config] = await run(folders, file)
    expect(refused).toBe(
      `ConfigError ${file}: this file is run, so it needs your trust: read it, then run \`ashlar config trust ${file}\``,
    )
    expect(ran).toBe('it ran')
    expect(JSON.parse(config ?? '')).toEqual([{ model: 'a/b', steps: 5 }, file])
    await folders.write(
      'project/ashlar.config.ts',
      'console.log("it ran")\nexport default { model: "evil" }\n',
    )
    expect(await run(folders)).toEqual([refused, refused])
  })

  it.each([
    ['ts', 'const name: string = "first"\nexport default { model: name }\n'],
    ['mts', 'const name: string = "first"\nexport default { model: name }\n'],
    ['js', 'export default { model: "first" }\n'],
    ['mjs', 'import { name } from "./name.mjs"\nexport default { model: name }\n'],
  ])('(.%s) is run as it was read: what is put in its place meanwhile never runs', async (ending, text) => {
    await using folders = await createFolders()
    await folders.write('project/name.mjs', 'export const name = "first"\n')
    const file = await folders.write(`project/ashlar.config.${ending}`, text)
    const swapped = `
      import { writeFileSync } from 'node:fs'
      import { open } from 'node:fs/promises'
      import { loadConfig, openTrust } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)}
      const options = { schema: {}, ...${JSON.stringify(folders.options)} }
      const file = ${JSON.stringify(file)}
      await openTrust(options.userFolder).add(file)
      const handle = await open(file)
      const prototype = Object.getPrototypeOf(handle)
      const { read } = prototype
      await handle.close()
      // The file is swapped as soon as it was read to its end.
      let swaps = process.argv[1] === 'swap' ? 1 : 0
      prototype.read = async function (...args) {
        const result = await read.apply(this, args)
        if (result.bytesRead === 0 && swaps-- > 0) writeFileSync(file, 'console.log("evil ran")')
        return result
      }
      await loadConfig(options).then(({ value }) => console.log(value.model), ({ message }) => console.log(message))
    `
    const runWith = async (...words: string[]) => {
      const args = ['--input-type=module', '-e', swapped, ...words]
      return (await promisify(execFile)(process.execPath, args, { timeout: 15_000 })).stdout
    }
    expect(await runWith()).toBe('first\n')
    const told = await runWith('swap')
    // Node 22 takes what is there now for another kind of module before it can be seen that it changed.
    expect(told).toMatch(/it was changed while it was read|cannot be read/)
    expect(told).not.toContain('evil')
  })

  it('of the user is run, also when it exports a function', async () => {
    await using folders = await createFolders()
    const file = await folders.write(
      'home/ashlar/ashlar.config.mjs',
      'export default async () => ({ model: "own" })\n',
    )
    expect(await run(folders)).toEqual([
      JSON.stringify([{ model: 'own' }, file]),
      JSON.stringify([{ model: 'own' }, file]),
    ])
  })

  it.each([
    ['throws', 'throw new Error("broken")', /cannot be read: broken/],
    ['exports nothing', 'export const model = 1', /expected a default export/],
    [
      'exports no data',
      'export default { model: () => "x", steps: new Date(0) }',
      /model: expected plain data, received a function\n.*steps: expected plain data/,
    ],
    ['is no program', 'export default {', /cannot be read/],
  ])('that %s is told', async (_, text, message) => {
    await using folders = await createFolders()
    await folders.write('home/ashlar/ashlar.config.mjs', text)
    expect((await run(folders)).join('\n')).toMatch(message)
  })
})
