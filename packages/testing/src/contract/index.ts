export type { Runner } from './runner.ts'
export { testModel, type TestModelOptions } from './test-model.ts'
