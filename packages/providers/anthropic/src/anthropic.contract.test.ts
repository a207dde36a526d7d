import Anthropic from '@anthropic-ai/sdk'
import { testModel } from '@ashlar/testing/contract'
import { describe, it } from 'vitest'
import { anthropic } from './anthropic.ts'

const apiKey = 'sk-ant-contract-0123456789'

// One model that refuses what it cannot honour, and one that takes everything.
for (const modelId of ['claude-opus-5-5', 'claude-haiku-4-5', 'a-compatible-model']) {
  testModel(
    {
      name: `anthropic('${modelId}')`,
      dialect: 'anthropic',
      create: (server) => anthropic(modelId, { apiKey, baseURL: server.url }),
    },
    { describe, it },
  )
  testModel(
    {
      name: `anthropic('${modelId}') through a client`,
      dialect: 'anthropic',
      create: (server) =>
        anthropic(modelId, { client: new Anthropic({ apiKey, baseURL: server.url, logLevel: 'off' }) }),
    },
    { describe, it },
  )
}
