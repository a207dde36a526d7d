import type { AgentEvent, RunResult, ToolCallPart, Usage } from '@ashlar/core'
import { oneLine, printable } from '@ashlar/command'
import { createStatusLines } from './status-lines.ts'
import { type Output, paint, type Terminal, widthOf } from './terminal.ts'

/** Shows a run to whoever started it. */
export interface RunView {
  show(event: AgentEvent): void
  /** Ends a line that is still open. */
  flush(): void
}

const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`

const time = (ms: number): string => (ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`)

/** What a run used: `2 steps · 1,234 tokens in (1,000 cached) · 56 out`. */
export const describeUsage = (usage: Usage, steps?: number): string => {
  const cached = usage.cachedInputTokens ? ` (${usage.cachedInputTokens.toLocaleString('en')} cached)` : ''
  const tokens = `${counted(usage.inputTokens, 'token')} in${cached} · ${usage.outputTokens.toLocaleString('en')} out`
  const about = usage.estimated ? `${tokens} (estimated)` : tokens
  return steps === undefined ? about : `${counted(steps, 'step')} · ${about}`
}

/** The input of a call in a few words: `path: README.md, toLine: 3`. */
const inputOf = ({ input }: ToolCallPart): string =>
  typeof input === 'object' && input !== null
    ? Object.entries(input)
        .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
        .join(', ')
    : String(input)

/** A call on one line: name and short input. */
export const describeCall = (call: ToolCallPart, width: number): string =>
  oneLine(`${call.name} ${inputOf(call)}`, width)

/** How a run ended that has no answer; `undefined` for one that did what it should. */
export const shortfallOf = ({ reason, steps }: RunResult<unknown>): string | undefined => {
  if (reason === 'steps') return `The run reached its limit of ${counted(steps, 'step')} without an answer`
  if (reason === 'tokens') return 'The run reached its limit of tokens without an answer'
  if (reason === 'doom-loop') return 'The run was stopped: the same call gave the same result again and again'
  if (reason === 'length') return 'The answer was cut off: it reached the token limit of the model'
  if (reason === 'content-filter') return "The answer was held back by the provider's content filter"
  return undefined
}

const endOfCall = (stderr: Output, event: AgentEvent & { type: 'tool-end' }): string => {
  const { call, result, durationMs } = event
  const took = time(durationMs)
  const mark = result ? (result.isError ? '✗' : '✓') : '⏸'
  const tail = result ? ` ${took}` : ' waits for an approval'
  const room = widthOf(stderr) - 5 - tail.length
  const line = describeCall(call, room)
  const style = result ? (result.isError ? 'red' : 'green') : 'yellow'
  const head = `  ${paint(stderr, style, mark)} ${line}${paint(stderr, 'dim', tail)}`
  if (!result?.isError) return head
  return `${head}\n    ${paint(stderr, 'red', oneLine(result.output, widthOf(stderr) - 5))}`
}

/**
 * Streams text to stdout and everything else to stderr. Where stdout is no terminal it gets the final answer alone, when
 * it is known to be that.
 */
export const createTextView = ({ stdout, stderr }: Terminal): RunView => {
  const lines = createStatusLines({ stdout, stderr })
  const streams = stdout.isTTY === true
  const show = (event: AgentEvent): void => {
    if (event.type === 'step-start') lines.pass('step', paint(stderr, 'dim', '  … thinking'))
    else if (event.type === 'text-delta' && streams) lines.text(printable(event.text))
    else if (event.type === 'tool-start') {
      const call = describeCall(event.call, widthOf(stderr) - 6)
      const line = `  ${paint(stderr, 'cyan', '→')} ${call}`
      if (stderr.isTTY) lines.pass(event.call.callId, line)
      else lines.line(line)
    } else if (event.type === 'tool-end') lines.line(endOfCall(stderr, event), event.call.callId)
    else if (event.type === 'run-end') {
      lines.flush()
      if (!streams && event.result.reason !== 'paused' && event.result.text !== '')
        stdout.write(event.result.text.endsWith('\n') ? event.result.text : `${event.result.text}\n`)
    }
  }
  return { show, flush: lines.flush }
}

const toJson = (event: AgentEvent): string => {
  try {
    return JSON.stringify(event, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  } catch {
    // Only a tool's progress update can hold what JSON cannot.
    return JSON.stringify(event.type === 'tool-progress' ? { ...event, update: String(event.update) } : event)
  }
}

/** Every event as one line of JSON on stdout. */
export const createJsonView = ({ stdout }: Terminal): RunView => ({
  show: (event) => void stdout.write(`${toJson(event)}\n`),
  flush: () => undefined,
})
