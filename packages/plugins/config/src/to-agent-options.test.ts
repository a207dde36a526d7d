import { createAgent, tool } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { expect, it } from 'vitest'
import { loadAshlarConfig, toAgentOptions } from './ashlar.ts'
import { createFolders } from './fixture-folders.ts'

it('gives an agent the settings of its section', async () => {
  await using folders = await createFolders()
  await folders.write(
    'home/ashlar/ashlar.config.yaml',
    [
      'settings: { temperature: 0.5, seed: 1 }',
      'limits: { steps: 5, repeats: 9 }',
      'agents:',
      '  docs:',
      '    description: Writes pages.',
      '    instructions: Be brief.',
      '    limits: { steps: 2 }',
      '    settings: { seed: 2 }',
    ].join('\n'),
  )
  const config = await loadAshlarConfig(folders.options)
  const model = scriptedModel(() => ({ toolCalls: [{ name: 'look', input: {} }] }))
  const look = tool({ description: 'Looks.', execute: async () => `${Math.random()}` })
  const agent = createAgent({ ...toAgentOptions(config, 'docs'), model, tools: { look } })
  const { reason, steps } = await agent.run('Go on.')
  expect([agent.name, agent.description, reason, steps]).toEqual(['docs', 'Writes pages.', 'steps', 2])
  expect(model.requests[0]).toMatchObject({ instructions: 'Be brief.', temperature: 0.5, seed: 2 })
  expect(toAgentOptions(config, 'other')).toEqual({
    name: 'other',
    limits: { steps: 5, repeats: 9 },
    settings: { temperature: 0.5, seed: 1 },
  })
})
