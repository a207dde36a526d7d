import { testEmbeddingModel, testModel } from '@ashlar/testing/contract'
import type { WireServer } from '@ashlar/testing/wire'
import OpenAI from 'openai'
import { describe, it } from 'vitest'
import { responses } from './responses/responses.ts'
import { openaiEmbedding } from './embeddings.ts'
import { openai } from './openai.ts'
import type { EndpointOptions } from './transport.ts'

const apiKey = 'sk-contract-0123456789'

const transports: Readonly<Record<string, (server: WireServer) => EndpointOptions>> = {
  'built in': ({ url }) => ({ apiKey, baseURL: `${url}/v1` }),
  'through a client': ({ url }) => ({
    client: new OpenAI({ apiKey, baseURL: `${url}/v1`, logLevel: 'off' }),
  }),
}

for (const [transport, options] of Object.entries(transports)) {
  testModel(
    {
      name: `openai, chat, ${transport}`,
      dialect: 'openai-chat',
      create: (server) => openai('gpt-5.2', options(server)),
    },
    { describe, it },
  )
  testModel(
    {
      name: `openai, responses, ${transport}`,
      dialect: 'openai-responses',
      create: (server) => openai('gpt-5.2', { ...options(server), api: responses }),
    },
    { describe, it },
  )
  testEmbeddingModel(
    {
      name: `openai, ${transport}`,
      dialect: 'openai',
      create: (server) => openaiEmbedding('text-embedding-3-small', options(server)),
    },
    { describe, it },
  )
}
