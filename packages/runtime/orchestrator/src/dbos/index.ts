export { dbos, type DbosOptions } from './dbos.ts'
export { DbosMissing } from './load-dbos.ts'
