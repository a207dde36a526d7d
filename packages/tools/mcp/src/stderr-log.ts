import type { McpEvent } from './mcp-event.ts'
import { McpError } from './mcp-error.ts'
import type { Secrets } from './secrets.ts'

export interface StderrLogOptions {
  readonly server: string
  readonly secrets: Secrets
  readonly emit: (event: McpEvent) => void
}

/** What a server wrote to its stderr: an event a line, and the last of it for the error when it ends. */
export interface StderrLog {
  readonly write: (text: string) => void
  readonly explain: (error: McpError) => McpError
}

const maxLine = 500
const maxTail = 5
/** A line that goes on for longer is given as it is by then. */
const maxOpen = 64 * 1024

export const stderrLog = ({ server, secrets, emit }: StderrLogOptions): StderrLog => {
  let rest = ''
  let tail: string[] = []
  const add = (raw: string): void => {
    const line = secrets.hide(raw.trimEnd())
    if (line === '') return
    const text = line.length > maxLine ? `${line.slice(0, maxLine)}…` : line
    tail = [...tail, text].slice(-maxTail)
    emit({ type: 'server-log', server, source: 'stderr', text })
  }
  return {
    write: (text) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) add(line)
      if (rest.length < maxOpen) return
      add(rest)
      rest = ''
    },
    explain: (error) => {
      if (rest !== '') add(rest)
      rest = ''
      if (tail.length === 0) return error
      const { code, message } = error
      return new McpError({ code, server, message: `${message}; its last words: ${tail.join(' | ')}` })
    },
  }
}
