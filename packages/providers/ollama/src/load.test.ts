import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

/** Runs code in a process of its own where the official client cannot be found. */
const withoutClient = async (code: string): Promise<string> => {
  const hooks = `
    import { registerHooks } from 'node:module'
    registerHooks({
      resolve: (specifier, context, next) => {
        if (specifier === 'ollama') throw new Error('the official client was asked for')
        return next(specifier, context)
      },
    })
  `
  const index = new URL('./index.ts', import.meta.url)
  const script = `${hooks}\nconst { ollama } = await import('${index}')\n${code}`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    timeout: 15_000,
  })
  return stdout
}

it('never loads the official client by itself', async () => {
  const code = `
    const model = ollama('m', { baseURL: 'http://127.0.0.1:1' })
    await model.stream({ messages: [] })[Symbol.asyncIterator]().next().catch((error) => console.log(error.kind))
  `
  expect(await withoutClient(code)).toBe('network\n')
})

it('would be told if it did', async () => {
  await expect(withoutClient("await import('ollama')")).rejects.toThrow('the official client was asked for')
})
