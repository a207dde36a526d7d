export type { Runner } from './runner.ts'
export {
  type EmbeddingDialect,
  testEmbeddingModel,
  type TestEmbeddingModelOptions,
} from './test-embedding-model.ts'
export { testModel, type TestModelOptions } from './test-model.ts'
export { testPlugin, type TestPluginOptions } from './test-plugin.ts'
