import pg from 'pg'
import { testWorkers } from '../../fixtures/killed-workers.ts'

const url = process.env['ASHLAR_POSTGRES_URL'] ?? ''

testWorkers({
  engine: 'dbos',
  target: () => url,
  forget: async (name) => {
    const pool = new pg.Pool({ connectionString: url, max: 1 })
    for (const schema of [`${name}_runs`, `${name}_dbos`])
      await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    await pool.end()
  },
})
