import { join } from 'node:path'
import { testWorkers } from '../../fixtures/killed-workers.ts'

testWorkers({ engine: 'embedded', target: (folder) => join(folder, 'runs.db') })
