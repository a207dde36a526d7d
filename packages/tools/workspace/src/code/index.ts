export type { CodeSymbol } from './code-symbols.ts'
export type { SymbolKind } from './language-table.ts'
export { type CodeOutline, readCode, type ReadCodeOptions } from './read-code.ts'
export type { Reexport } from './reexports.ts'
