import { testEmbeddingModel, testModel } from '@ashlar/testing/contract'
import type { WireServer } from '@ashlar/testing/wire'
import { Ollama } from 'ollama'
import { describe, it } from 'vitest'
import { ollamaEmbedding } from './embeddings.ts'
import { ollama } from './ollama.ts'
import type { EndpointOptions } from './transport.ts'

const transports: Readonly<Record<string, (server: WireServer) => EndpointOptions>> = {
  'built in': ({ url }) => ({ baseURL: url, apiKey: 'contract-0123456789' }),
  'through a client': ({ url }) => ({
    client: new Ollama({ host: url, headers: { authorization: 'Bearer contract-0123456789' } }),
  }),
}

for (const [transport, options] of Object.entries(transports)) {
  testModel(
    {
      name: `ollama, ${transport}`,
      dialect: 'ollama',
      create: (server) => ollama('qwen3:8b', options(server)),
    },
    { describe, it },
  )
  testEmbeddingModel(
    {
      name: `ollama, ${transport}`,
      dialect: 'ollama',
      create: (server) => ollamaEmbedding('nomic-embed-text', options(server)),
      batchSize: 512,
    },
    { describe, it },
  )
}
