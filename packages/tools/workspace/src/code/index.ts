export type { CodeSymbol } from './code-symbols.ts'
export type { SymbolKind } from './language.ts'
export { type CodeOutline, readCode, type ReadCodeOptions, type Reexport } from './read-code.ts'
