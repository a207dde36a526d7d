export { encodingOf, type TokenEncoding } from './encoding-of.ts'
