import type { UserPart } from './message.ts'

const contentBrand: unique symbol = Symbol.for('ashlar.tool-content')

/** A tool's answer with images or files beside its text. */
export interface ToolContent {
  readonly [contentBrand]: true
  readonly output: string
  readonly content: UserPart[]
}

/** Answers with images or files: `execute: async () => toolContent('a chart', [{ type: 'image', data }])`. */
export const toolContent = (output: string, content: UserPart[]): ToolContent => ({
  [contentBrand]: true,
  output,
  content,
})
