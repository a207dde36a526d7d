export { dbos, type DbosOptions } from './dbos.ts'
export { DbosMissing } from './dbos-missing.ts'
