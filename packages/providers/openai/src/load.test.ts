import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

/** Runs code in a process of its own where the official SDK cannot be found. */
const withoutSdk = async (code: string): Promise<string> => {
  const hooks = `
    import { registerHooks } from 'node:module'
    registerHooks({
      resolve: (specifier, context, next) => {
        if (/^openai(?:$|[/])/.test(specifier)) throw new Error('the SDK was asked for')
        return next(specifier, context)
      },
    })
  `
  const index = new URL('./index.ts', import.meta.url)
  const script = `${hooks}\nconst { openai } = await import('${index}')\n${code}`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    timeout: 15_000,
  })
  return stdout
}

const call = `
  const model = openai('gpt-5', { apiKey: 'a', baseURL: 'http://127.0.0.1:1' })
  const first = () => model.stream({ messages: [] })[Symbol.asyncIterator]().next()
`

describe('the official SDK', () => {
  it('is never loaded', async () => {
    const code = `${call}; await first().catch((error) => console.log(error.kind))`
    expect(await withoutSdk(code)).toBe('network\n')
  })

  it('would be noticed', async () => {
    await expect(withoutSdk("await import('openai')")).rejects.toThrow('the SDK was asked for')
  })
})

describe('the transport', () => {
  const loaded = "process.moduleLoadList.includes('NativeModule net')"

  it('is loaded by the first call, and not before', async () => {
    const code = `${call}; console.log(${loaded}); await first().catch(() => undefined); console.log(${loaded})`
    expect(await withoutSdk(code)).toBe('false\ntrue\n')
  })
})
