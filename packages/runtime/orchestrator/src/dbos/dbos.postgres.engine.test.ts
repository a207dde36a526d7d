import pg from 'pg'
import { afterAll, describe, it } from 'vitest'
import { testRuns } from '../runs/testing/test-runs.ts'
import { dbos } from './index.ts'

const url = process.env['ASHLAR_POSTGRES_URL'] ?? ''
const pool = new pg.Pool({ connectionString: url, max: 1 })
afterAll(() => pool.end())

testRuns(
  {
    name: 'dbos',
    create: async () => {
      const name = `t_${crypto.randomUUID().replaceAll('-', '')}`
      return {
        engine: () => dbos(url, { name }),
        close: async () => {
          for (const schema of [`${name}_runs`, `${name}_dbos`])
            await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
        },
      }
    },
  },
  { describe, it },
)
