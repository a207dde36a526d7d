import { approval, createAgent, tool } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { expect, it } from 'vitest'
import { guardrails, redaction } from './index.ts'

const key = ['sk-aB3dE5gH7jK9', 'mN1pQ3sT5vX7ABCDEFGH1234'].join('')

it.each([
  ['outside', (safe: ReturnType<typeof guardrails>) => [safe, approval()]],
  ['inside', (safe: ReturnType<typeof guardrails>) => [approval(), safe]],
] as const)('masks the reason of a denial, %s of the approval, and runs nothing', async (_, order) => {
  let ran = 0
  const send = tool({ description: 'Sends', execute: () => void ran++ })
  const run = async (plugins: Parameters<typeof createAgent>[0]['plugins'] & object): Promise<string> => {
    const model = scriptedModel([{ toolCalls: [{ name: 'send', callId: 'c1' }] }, 'So be it.'])
    const agent = createAgent({ model, tools: { send }, plugins })
    const approvals = { c1: `the key ${key} is not for you` }
    return JSON.stringify((await agent.run(await agent.run('Send it.'), { approvals })).messages)
  }
  const masked = await run(order(guardrails({ guardrails: [redaction()] })))
  expect(masked).toContain('The user denied this call: the key')
  expect(masked).not.toContain(key)
  expect(await run([approval()])).toContain(key)
  expect(ran).toBe(0)
})
