import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const hello = (words: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...words], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '', OLLAMA_HOST: '127.0.0.1:1', ...env },
    timeout: 15_000,
  })

describe('hello-agent', () => {
  it('says its model, calls its tool and answers', () => {
    const { status, stdout, stderr } = hello()
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Model: local\/offline-rules \(rule-based, not a language model/)
    const year = new Date().getFullYear()
    expect(stdout).toMatch(new RegExp(`time says: .*${year}`))
    expect(stdout).toMatch(new RegExp(`\\[offline rules, not a language model\\] .*${year}`))
  })
  it('shows a failing tool to the model and still answers', () => {
    const { status, stdout } = hello(['What is the time in Nowhere/Land?'])
    expect(status).toBe(0)
    expect(stdout).toMatch(/time says: Invalid time zone/)
  })
  it('says in one line that a model cannot be had', () => {
    const { status, stderr } = hello([], { ASHLAR_MODEL_FILE: '/nowhere.gguf' })
    expect(status).toBe(2)
    expect(stderr).toBe('Error: The model file /nowhere.gguf cannot be read: check the path\n')
  })
})
