export * from './portable.ts'
export { createHttpClient } from './node-client.ts'
