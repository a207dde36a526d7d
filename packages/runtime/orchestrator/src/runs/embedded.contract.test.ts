import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { embedded } from './embedded.ts'
import { testRuns } from './testing/test-runs.ts'

testRuns(
  {
    name: 'embedded',
    create: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'ashlar-embedded-'))
      return {
        engine: () => embedded(join(folder, 'deep', 'runs.db'), { pollMs: 50 }),
        close: () => rm(folder, { recursive: true }),
      }
    },
  },
  { describe, it },
)
