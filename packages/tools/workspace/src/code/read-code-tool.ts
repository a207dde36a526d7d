import { tool, type Tool } from '@ashlar/core'
import { showPath } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'
import type { CodeSymbol } from './code-symbols.ts'
import { languageNames } from './language.ts'
import { type CodeOutline, readCode } from './read-code.ts'

const symbolLines = (
  { line, endLine, signature, doc, exported, exportedAs, members = [] }: CodeSymbol,
  indent: string,
): string[] => [
  ...(doc ?? '').split('\n').flatMap((text) => (text === '' ? [] : [`${indent}/// ${text}`])),
  `${indent}${line}-${endLine} ${exported && indent === '' ? `exported ${exportedAs ? `as ${exportedAs.join(', ')} ` : ''}` : ''}${signature}`,
  ...members.flatMap((member) => symbolLines(member, `${indent}  `)),
]

/** An outline as a model reads it: lines, signature, members indented below, doc comments above. */
export const outlineToText = (outline: CodeOutline, maxChars: number): string => {
  const { symbols, reexports, incomplete, language, path } = outline
  const lines = [
    `${showPath(path)} (${language})`,
    ...symbols.flatMap((symbol) => symbolLines(symbol, '')),
    ...reexports.map(({ name, original, from }) =>
      name === original || name === '*'
        ? `exports ${name} of ${from}`
        : `exports ${original} of ${from} as ${name}`,
    ),
    ...(incomplete ? ['(parts could not be understood)'] : []),
  ]
  if (lines.length === 1) lines.push('(declares nothing)')
  const text = lines.join('\n')
  return text.length > maxChars ? `${text.slice(0, maxChars)}\n(the rest is cut off)` : text
}

export const readCodeTool = (workspace: Workspace): Tool =>
  tool({
    description:
      'Outlines a source file: its symbols with lines, signatures and doc comments, not the code inside. ' +
      `${languageNames.join(', ')}.`,
    input: {
      type: 'object',
      properties: {
        path: { type: 'string', description: 'Path of the file, relative to the workspace root.' },
        internal: { type: 'boolean', description: 'Also what other files cannot use. Left out: true.' },
      },
      required: ['path'],
      additionalProperties: false,
    } as const,
    annotations: { readOnly: true },
    execute: async (input, { signal }) =>
      outlineToText(await readCode(workspace, { ...input, signal }), workspace.limits.resultChars),
  })
