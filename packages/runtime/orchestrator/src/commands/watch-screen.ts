import { styleText } from 'node:util'
import { oneLine } from '@ashlar/command'
import type { NodeState, RunNode, RunView } from '../view/run-node.ts'
import { signs } from '../view/signs.ts'
import { lastLines, lineEnd } from './last-lines.ts'
import { cut, duration, noteOf, tokens } from './show-run.ts'

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
  paused: 'blue',
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
  'paused',
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

/** Lines of text under a node at most. */
const mostLines = 3

/** What is written inside a node, under it. */
const textUnder = (
  node: RunNode,
  { text, count }: { text: string; count: number },
  size: ScreenSize,
): string[] =>
  lastLines(text, { width: widthOn(size) - 7, count }).map(
    (line) => `     ${paint('│', node.state, size)} ${line}`,
  )

/** The last column is left free: some terminals go on in the next line once it is filled. */
const widthOn = ({ columns }: ScreenSize): number => Math.max(20, columns - 1)

/** A node as one line; what is written inside at its end, where that has no line of its own. */
const lineOf = (
  node: RunNode,
  { head, idWidth, text }: { head: string; idWidth: number; text: string | undefined },
  size: ScreenSize,
): string => {
  const width = widthOn(size)
  const id = oneLine(node.id, idWidth).padEnd(idWidth)
  const by = node.by === undefined || node.kind === 'model' ? '' : ` ${oneLine(node.by, 16)}`
  const used = node.tokens > 0 ? ` · ${tokens(node.tokens)}` : ''
  const note = noteOf(node)
  const line = cut(`${head}${signs[node.state]} ${id}${by}${used}${note ? ` · ${note}` : ''}`, width)
  const left = width - line.length - 3
  const [end] = text === undefined || left < 8 ? [] : [lineEnd(text, left)]
  return paint(end === undefined ? line : `${line} · ${end}`, node.state, size)
}

/** The nodes, level by level, with as much of what is written in them as there is room for. */
const bodyOf = (view: RunView, size: ScreenSize, room: number): string[] => {
  const { writing } = view
  const nodes = view.nodes.toSorted((a, b) => a.level - b.level)
  const texts = Object.keys(writing).length
  // A third of the room at least is for texts, where each then has a line of its own.
  const shown = fitting(nodes, Math.max(1, texts <= room / 3 ? room - texts : room))
  const isCut = shown.length < nodes.length
  const free = room - shown.length - (isCut ? 1 : 0)
  const count = Math.min(mostLines, Math.floor(free / Math.max(1, texts)))
  const idWidth = Math.min(28, Math.max(0, ...shown.map(({ id }) => id.length)))
  let level = -1
  const lines = shown.flatMap((node) => {
    const head = node.level === level ? '   ' : `${String(node.level + 1).padStart(2)} `
    level = node.level
    const text = Object.hasOwn(writing, node.id) ? writing[node.id] : undefined
    // What it wrote before is no news while it writes.
    const drawn: RunNode = text === undefined ? node : { ...node, lastText: undefined }
    const line = lineOf(drawn, { head, idWidth, text: count === 0 ? text : undefined }, size)
    return [line, ...(text === undefined || count === 0 ? [] : textUnder(node, { text, count }, size))]
  })
  if (!isCut) return lines
  const left = nodes.filter((node) => !shown.includes(node))
  return [...lines, oneLine(`… and ${countsOf(left)}`, widthOn(size))]
}

/** A run as lines that fit the screen: its head, its nodes with what is written in them, and the last answer. */
export const screenOf = (view: RunView, size: ScreenSize, moment: Moment): string[] => {
  const width = widthOn(size)
  const last = view.error ?? view.lastText
  return [
    ...headOf(view, moment).map((line) => oneLine(line, width)),
    // Beside the head: the last answer, and the line on which the cursor waits.
    ...bodyOf(view, size, Math.max(1, size.rows - 4)),
    ...(last ? [oneLine(`> ${last}`, width)] : []),
  ]
}
