import { oneLine, printable, table } from '@ashlar/command'
import type { RunNode, RunView } from '../view/run-node.ts'
import { signs } from '../view/signs.ts'

const unit = (value: number, name: string): string => `${String(Math.floor(value)).padStart(2, '0')}${name}`

/** A time as a person reads it: `7.3 s`, `2m 05s`, `1h 02m`. */
export const duration = (milliseconds: number): string => {
  const seconds = Math.max(0, milliseconds) / 1_000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m ${unit(seconds % 60, 's')}`
  return `${Math.floor(seconds / 3_600)}h ${unit((seconds % 3_600) / 60, 'm')}`
}

/** A line that is not longer than that; the spaces in it stay. */
export const cut = (text: string, width: number): string => {
  const line = printable(text).replaceAll(/[\n\t]/g, ' ')
  return line.length > width ? `${line.slice(0, Math.max(0, width - 1)).toWellFormed()}…` : line
}

/** `12,345 tokens` in as few letters as there are. */
export const tokens = (count: number): string => `${count.toLocaleString('en-US')} tok`

const doubt = (unknown: number): string =>
  unknown === 0 ? '' : `${unknown} ${unknown === 1 ? 'effect' : 'effects'} unknown`

/** What there is to say about a node beside its name. */
export const noteOf = (node: RunNode): string =>
  [
    node.attempts > 1 ? `try ${node.attempts}` : '',
    doubt(node.unknown),
    node.error ?? node.output ?? node.lastText ?? '',
  ]
    .filter(Boolean)
    .join(' · ')

const rowOf = (node: RunNode): string[] => [
  signs[node.state],
  node.id,
  node.by ?? '',
  node.state,
  node.tokens > 0 ? node.tokens.toLocaleString('en-US') : '',
  noteOf(node),
]

/** A run for a person to read. */
export const showRun = (
  view: RunView,
  { now, width }: { readonly now: number; readonly width: number },
): string => {
  const { usage, nodes, pending, error, lastText } = view
  const facts = [
    ['run', view.runId],
    ['name', view.name],
    ['code', view.version],
    ['state', [view.state, doubt(view.unknown)].filter(Boolean).join(', ')],
    [
      'began',
      `${new Date(view.createdAt).toISOString()}, took ${duration((view.endedAt ?? now) - view.createdAt)}`,
    ],
    ['used', `${usage.inputTokens} tokens in, ${usage.outputTokens} out, in ${view.modelCalls} calls`],
    ...(error ? [['error', error]] : []),
  ]
  const rows = table(nodes.map(rowOf), { right: [4], cellWidth: 28 })
    .split('\n')
    .map((line) => cut(line, width))
    .join('\n')
  const waits = pending.map(
    ({ callId, name, input }) => `waits for an approval: ${callId} ${name} ${JSON.stringify(input)}`,
  )
  const answer = view.state === 'done' && nodes.every(({ kind }) => kind !== 'task') ? lastText : undefined
  return [
    table(facts, { cellWidth: 200 }),
    rows,
    ...waits.map((line) => `${oneLine(line, 1_000)}\n`),
    answer ? `\n${printable(answer)}\n` : '',
  ]
    .filter(Boolean)
    .join('')
}
