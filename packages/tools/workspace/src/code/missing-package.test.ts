import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { workspaceTools } from '../workspace-tools.ts'

const installed = vi.hoisted(() => ({ parser: false }))
vi.mock(import('node:module'), async (original) => {
  const real = await original()
  const createRequire: typeof real.createRequire = (from) => {
    const require = real.createRequire(from)
    if (installed.parser) return require
    const missing = (id: string): never => {
      throw Object.assign(new Error(`Cannot find module '${id}'`), { code: 'MODULE_NOT_FOUND' })
    }
    return Object.assign(missing, require)
  }
  return { ...real, createRequire }
})

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ashlar-missing-'))
  writeFileSync(join(root, 'a.ts'), 'export const a = 1\n')
})
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})
const answers = async (): Promise<string[]> => {
  const calls = ['readCode', 'readFile'].map((name) => ({ toolCalls: [{ name, input: { path: 'a.ts' } }] }))
  const agent = createAgent({ model: scriptedModel([...calls, 'done']), tools: workspaceTools({ root }) })
  const { messages } = await agent.run('go')
  return messages.flatMap((message) =>
    message.role === 'tool' ? message.content.map(({ output }) => output) : [],
  )
}

describe('readCode without its parser', () => {
  it('says which package to install; all else works, and it does once the package is there', async () => {
    const [code, file] = await answers()
    expect(code).toMatch(/needs the package @vscode\/tree-sitter-wasm: npm install @vscode\/tree-sitter-wasm/)
    expect(file).toMatch(/^export const a = 1\n/)
    // Negative control: with the package it is read, in the same process.
    installed.parser = true
    expect((await answers())[0]).toBe('a.ts (TypeScript)\n1-1 exported const a = 1')
  })
})
