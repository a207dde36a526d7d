import type { Usage } from '@ashlar/core'
import { z } from 'zod'

/** What the agent answers about one file. */
export const Analysis = z.object({
  title: z.string().describe('What the file is about, in a few words'),
  summary: z.string().describe('The file in two or three sentences'),
  keywords: z.array(z.string()).max(8).describe('The words that tell it apart, at most 8'),
})

/** A file with its analysis, or with the reason there is none. */
export type Entry = { readonly path: string; readonly usage: Usage } & (
  | { readonly analysis: z.infer<typeof Analysis> }
  | { readonly problem: string }
)

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
const cell = (text: string): string => oneLine(text).replaceAll('|', '\\|')

/** The report as Markdown: who wrote it, a table, then each file. */
export const toReport = (
  entries: readonly Entry[],
  { folder, by }: { folder: string; by: string },
): string => {
  const rows = entries.map((entry) =>
    'analysis' in entry
      ? `| ${cell(entry.path)} | ${cell(entry.analysis.title)} | ${cell(entry.analysis.keywords.slice(0, 3).join(', '))} |`
      : `| ${cell(entry.path)} | not analysed | |`,
  )
  const sections = entries.flatMap((entry) =>
    'analysis' in entry
      ? [
          `## ${entry.path}: ${oneLine(entry.analysis.title)}`,
          '',
          entry.analysis.summary.trim(),
          '',
          `Keywords: ${oneLine(entry.analysis.keywords.join(', '))}`,
          '',
        ]
      : [`## ${entry.path}`, '', `Not analysed: ${oneLine(entry.problem)}`, ''],
  )
  const files = `${entries.length} ${entries.length === 1 ? 'file' : 'files'}`
  return [
    `# ${files} of ${folder}`,
    '',
    `${by}.`,
    '',
    '| file | about | keywords |',
    '| --- | --- | --- |',
    ...rows,
    '',
    ...sections,
  ].join('\n')
}
