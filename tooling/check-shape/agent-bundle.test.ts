import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { checkAgentBundle } from './agent-bundle.ts'
import { budgets } from './budgets.ts'

const folder = mkdtempSync(join(tmpdir(), 'agent-bundle-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const big = `export const big = '${randomBytes(budgets.agentBundleBytes).toString('hex')}'\n`

/** What is found in the bundle of an agent whose OpenAI package is `code`, beside a large `lazy.js`. */
const findingsOf = async (name: string, code: string): Promise<readonly string[]> => {
  const write = (path: string, text: string): void =>
    writeFileSync(join(folder, name, 'node_modules/@ashlar', path), text)
  for (const own of ['core', 'openai']) {
    mkdirSync(join(folder, name, 'node_modules/@ashlar', own), { recursive: true })
    write(
      `${own}/package.json`,
      JSON.stringify({ name: `@ashlar/${own}`, type: 'module', exports: './index.js' }),
    )
  }
  write('core/index.js', 'export const tool = (t) => t\nexport const createAgent = (a) => a\n')
  write('openai/index.js', code)
  write('openai/lazy.js', big)
  return (await checkAgentBundle(join(folder, name))).findings
}

it('lets pass what is loaded only when needed, and the SDK', async () => {
  const code = `import 'openai'\nexport const openai = () => import('./lazy.js')\n`
  expect(await findingsOf('lazy', code)).toEqual([])
})

it('reports an agent that is too heavy', async () => {
  const code = `import { big } from './lazy.js'\nexport const openai = () => big\n`
  expect(await findingsOf('heavy', code)).toEqual([expect.stringMatching(/^\d{5} bytes gzipped$/)])
})

it('reports a module of Node, loaded at once or later', async () => {
  const code = `import 'node:fs'\nexport const openai = () => import('node:http')\n`
  expect(await findingsOf('node', code)).toEqual([
    'a browser cannot load node:fs',
    'a browser cannot load node:http',
  ])
})

it('reports a bundle that cannot be made', async () => {
  expect(await findingsOf('broken', 'export const other = 1\n')).toEqual([expect.stringContaining('openai')])
})
