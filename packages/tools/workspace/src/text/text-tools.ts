import { tool, type Tool } from '@ashlar/core'
import { readFile } from '../read-file.ts'
import { WorkspaceError } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'
import { applyTemplate } from './apply-template.ts'
import { generateMarkdown } from './generate-markdown.ts'

/** The tools by name. */
export type TextTools = Readonly<Record<'generateMarkdown' | 'applyTemplate', Tool>>

const strings = { type: 'array', items: { type: 'string' } } as const
const text = { type: 'string' } as const
const block = <const Properties extends Record<string, unknown>, const Required extends readonly string[]>(
  properties: Properties,
  required: Required,
) => ({ type: 'object', properties, required, additionalProperties: false }) as const

const blocks = {
  type: 'array',
  minItems: 1,
  items: {
    anyOf: [
      block({ heading: text, level: { type: 'integer', minimum: 1, maximum: 6 } }, ['heading']),
      block({ paragraph: text }, ['paragraph']),
      block({ list: strings, ordered: { type: 'boolean' } }, ['list']),
      block(
        { table: block({ columns: strings, rows: { type: 'array', items: strings } }, ['columns', 'rows']) },
        ['table'],
      ),
      block({ code: text, language: text }, ['code']),
      block({ quote: text }, ['quote']),
    ],
  },
} as const

/** Tools that make text: they write nothing, the answer goes to `writeFile`. */
export const textTools = (workspace: Workspace): TextTools => ({
  generateMarkdown: tool({
    description:
      'Makes a Markdown page of blocks: headings, paragraphs, lists, tables, code, quotes. Returns its text.',
    input: {
      type: 'object',
      properties: { blocks },
      required: ['blocks'],
      additionalProperties: false,
    } as const,
    annotations: { readOnly: true },
    execute: ({ blocks: given }) => generateMarkdown(given),
  }),
  applyTemplate: tool({
    description:
      'Fills in a Liquid template ({{ name }}, {% for x in list %}…{% endfor %}, {% if x %}) and returns the text.',
    input: {
      type: 'object',
      properties: {
        template: { type: 'string', description: 'The template itself.' },
        path: { type: 'string', description: 'A file that holds the template, instead.' },
        data: { type: 'object', description: 'The values it names.' },
      },
      required: ['data'],
      additionalProperties: false,
    } as const,
    annotations: { readOnly: true },
    execute: async ({ template, path, data }, { signal }) => {
      const source =
        template ?? (path === undefined ? undefined : (await readFile(workspace, { path, signal })).text)
      if (source === undefined)
        throw new WorkspaceError('Give a template, or a path.', { code: 'template', path: '' })
      return applyTemplate(source, { data })
    },
  }),
})
