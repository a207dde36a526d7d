import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { approval, createAgent, type Message, userText } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { workspaceTools, type WorkspaceTools } from './workspace-tools.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ashlar-versions-'))
  put('one\n')
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})
const put = (content: string): void => writeFileSync(join(root, 'a.txt'), content)
const text = (): string => readFileSync(join(root, 'a.txt'), 'utf8')
const call = (name: string, input: object) => ({ toolCalls: [{ name, input }] })
const read = call('readFile', { path: 'a.txt' })
const write = call('writeFile', { path: './a.txt', text: 'written\n' })
const edit = call('editFile', { path: 'a.txt', edits: [{ oldText: 'one', newText: 'two' }] })
const fresh = (): WorkspaceTools => workspaceTools({ root })
const agent = (script: Parameters<typeof scriptedModel>[0], tools = fresh()) =>
  createAgent({ model: scriptedModel(script), tools })
const lastAnswer = (messages: readonly Message[]): string | undefined =>
  messages.flatMap((message) => (message.role === 'tool' ? message.content : [])).at(-1)?.output

describe('what a run has read', () => {
  it.each([
    ['writes', write, 'written\n'],
    ['edits', edit, 'two\n'],
  ])('%s a file that is still the same, approved in another process', async (_, change, after) => {
    const resume = async (meddle: () => void) => {
      const first = createAgent({
        model: scriptedModel([read, change]),
        tools: fresh(),
        plugins: [approval()],
      })
      const paused = await first.run('go', { runId: 'r' })
      meddle()
      const saved: typeof paused = JSON.parse(JSON.stringify(paused))
      const approvals = { [saved.pending[0]?.callId ?? '']: true as const }
      return agent(['done']).run(saved, { runId: 'r', approvals })
    }
    const refused = await resume(() => put('one and work of a person\n'))
    expect(lastAnswer(refused.messages)).toMatch(/has changed since it was read/)
    expect(text()).toBe('one and work of a person\n')
    put('one\n')
    await resume(() => {})
    expect(text()).toBe(after)
  })

  it.each([
    ['the same tools', true],
    ['other tools', false],
  ])('counts in a later turn of a chat, with %s', async (_, same) => {
    const tools = fresh()
    const first = await agent([read, 'read'], tools).run('Read it')
    const next = { messages: [...first.messages, userText('Now write')] }
    const turn = () => agent([write, 'done'], same ? tools : fresh()).run(next)
    put('one and work of a person\n')
    expect(lastAnswer((await turn()).messages)).toMatch(/has changed since it was read/)
    expect(text()).toBe('one and work of a person\n')
    put('one\n')
    expect(lastAnswer((await turn()).messages)).toMatch(/^Replaced a\.txt/)
  })

  it('is the latest it was shown: its own change counts, and an error does not', async () => {
    const missing = call('readFile', { path: 'none' })
    const again = call('editFile', { path: 'a.txt', edits: [{ oldText: 'two', newText: 'three' }] })
    const first = await agent([read, edit, missing, 'done']).run('go')
    const messages = [...first.messages, userText('more')]
    expect(lastAnswer((await agent([again, 'done']).run({ messages })).messages)).toMatch(/^Changed/)
    expect(text()).toBe('three\n')
  })

  it('is known by every name of the file', async () => {
    symlinkSync('a.txt', join(root, 'link'))
    const byLink = call('readFile', { path: 'link', toLine: 1 })
    const first = await agent([byLink, 'done']).run('go')
    const viaLink = call('writeFile', { path: 'link', text: 'written\n' })
    const messages = [...first.messages, userText('more')]
    expect(lastAnswer((await agent([viaLink, 'done']).run({ messages })).messages)).toMatch(
      /^Replaced a\.txt/,
    )
  })

  it.each([
    ['written', write],
    ['edited', edit],
  ])('must hold an existing file before it is %s; a new one needs nothing', async (_, change) => {
    const make = call('writeFile', { path: 'new/b.txt', text: 'b' })
    const { messages } = await agent([make, change, 'done']).run('go')
    expect(lastAnswer(messages)).toMatch(/a\.txt exists, and this run has not read it. Read it first/)
    expect([text(), readFileSync(join(root, 'new/b.txt'), 'utf8')]).toEqual(['one\n', 'b'])
    const { messages: more } = await agent([change, read, change, 'done']).run('go')
    expect(lastAnswer(more)).toMatch(/^(?:Replaced|Changed) a\.txt/)
  })

  it('is not what a file says of itself', async () => {
    put('one\n(version 000000000000)\n')
    const first = await agent([read, 'done']).run('go')
    const messages = [...first.messages, userText('more')]
    expect(lastAnswer((await agent([write, 'done']).run({ messages })).messages)).toMatch(/^Replaced/)
  })

  it('takes a repeated write for done', async () => {
    const first = await agent([read, 'done']).run('go')
    put('written\n')
    const messages = [...first.messages, userText('more')]
    expect(lastAnswer((await agent([write, 'done']).run({ messages })).messages)).toMatch(/^Replaced/)
  })
})
