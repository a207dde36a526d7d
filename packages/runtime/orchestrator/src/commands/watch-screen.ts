import { styleText } from 'node:util'
import { oneLine } from '@ashlar/command'
import type { NodeState, RunNode, RunView } from '../view/run-node.ts'
import { cut, duration, noteOf, signs, tokens } from './show-run.ts'

export interface ScreenSize {
  readonly columns: number
  readonly rows: number
  readonly colours: boolean
}

export interface Moment {
  readonly now: number
  /** What the answers cost, as text, where that is known. */
  readonly cost?: string | undefined
}

const styles: Readonly<Partial<Record<NodeState, Parameters<typeof styleText>[0]>>> = {
  running: 'cyan',
  retrying: 'yellow',
  done: 'green',
  failed: 'red',
  unknown: 'magenta',
  interrupted: 'yellow',
  pending: 'dim',
  skipped: 'dim',
  upstream_failed: 'dim',
  cancelled: 'dim',
}

/** The first are what a person looks for; what does not fit is counted. */
const order: readonly NodeState[] = [
  'running',
  'retrying',
  'failed',
  'unknown',
  'interrupted',
  'done',
  'pending',
  'upstream_failed',
  'cancelled',
  'skipped',
]

const countsOf = (nodes: readonly RunNode[]): string =>
  order
    .flatMap((state) => {
      const count = nodes.filter((node) => node.state === state).length
      return count > 0 ? [`${count} ${state.replace('_', ' ')}`] : []
    })
    .join(', ')

/** The head of a screen: what runs, for how long, what it used. */
export const headOf = (view: RunView, { now, cost }: Moment): string[] => {
  const { runId, name, state, createdAt, endedAt, usage, nodes, unknown } = view
  const doubt = unknown > 0 ? `${unknown} unknown` : ''
  const used = [tokens(usage.inputTokens + usage.outputTokens), cost ?? '', doubt].filter(Boolean)
  return [
    `${name} · ${state} · ${duration((endedAt ?? now) - createdAt)} · ${used.join(' · ')}`,
    `${runId} · ${countsOf(nodes) || 'nothing yet'}`,
  ]
}

const paint = (text: string, state: NodeState, { colours }: ScreenSize): string => {
  const style = styles[state]
  return colours && style ? styleText(style, text, { validateStream: false }) : text
}

/** Which nodes fit: all, or those that matter most, still in the order of their levels. */
const fitting = (nodes: readonly RunNode[], room: number): readonly RunNode[] => {
  if (nodes.length <= room) return nodes
  const kept = nodes
    .toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
    .slice(0, Math.max(0, room - 1))
  const chosen = new Set(kept)
  return nodes.filter((node) => chosen.has(node))
}

/** A run as lines that fit the screen: its head, its nodes level by level, and the last text. */
export const screenOf = (view: RunView, size: ScreenSize, moment: Moment): string[] => {
  const { columns, rows } = size
  const width = Math.max(20, columns - 1)
  const nodes = view.nodes.toSorted((a, b) => a.level - b.level)
  const shown = fitting(nodes, Math.max(1, rows - 5))
  const idWidth = Math.min(28, Math.max(0, ...shown.map(({ id }) => id.length)))
  let level = -1
  const body = shown.map((node) => {
    const head = node.level === level ? '   ' : `${String(node.level + 1).padStart(2)} `
    level = node.level
    const id = oneLine(node.id, idWidth).padEnd(idWidth)
    const by = node.by === undefined || node.kind === 'model' ? '' : ` ${oneLine(node.by, 16)}`
    const left = `${head}${signs[node.state]} ${id}${by}`
    const used = node.tokens > 0 ? ` · ${tokens(node.tokens)}` : ''
    const note = noteOf(node)
    return paint(cut(`${left}${used}${note ? ` · ${note}` : ''}`, width), node.state, size)
  })
  const left = nodes.filter((node) => !shown.includes(node))
  const more = left.length > 0 ? [oneLine(`… and ${countsOf(left)}`, width)] : []
  const last = view.error ?? view.lastText
  return [
    ...headOf(view, moment).map((line) => oneLine(line, width)),
    ...body,
    ...more,
    ...(last ? [oneLine(`> ${last}`, width)] : []),
  ]
}
