export * from './portable.ts'
export { createHttpClient } from './fetch-client.ts'
