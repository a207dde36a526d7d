import { createInterface } from 'node:readline'
import type { ToolCallPart } from '@ashlar/core'
import type { Approvals } from './follow-run.ts'
import { describeCall } from './run-view.ts'
import { isInteractive, paint, type Terminal, widthOf } from './terminal.ts'

/** Reads what a person types, or the lines of a pipe. */
export interface LineReader {
  /** The next line; `undefined` at the end of the input. The prompt is shown to a person only. */
  ask(prompt: string): Promise<string | undefined>
  /** Shows the prompt again, below what was written meanwhile. */
  repeat(): void
  close(): void
}

/** `onInterrupt` is called for a Ctrl-C that reaches the reader instead of the process. */
export const createLineReader = (terminal: Terminal, onInterrupt: () => void): LineReader => {
  const interactive = isInteractive(terminal)
  const reader = createInterface({
    input: terminal.stdin,
    ...(interactive && { output: terminal.stderr, terminal: true }),
  })
  reader.on('SIGINT', onInterrupt)
  const lines = reader[Symbol.asyncIterator]()
  return {
    async ask(prompt) {
      if (interactive) {
        reader.setPrompt(prompt)
        reader.prompt()
      }
      const { done, value } = await lines.next()
      return done ? undefined : value
    },
    repeat: () => void (interactive && reader.prompt(true)),
    close: () => reader.close(),
  }
}

/** Asks a person about each call: yes, or no with a reason; `undefined` when they leave. */
export const askApprovals = async (
  calls: readonly ToolCallPart[],
  { terminal, reader }: { readonly terminal: Terminal; readonly reader: LineReader },
): Promise<Approvals | undefined> => {
  const { stderr, env } = terminal
  // A reason becomes part of the transcript, and what is read there must not be a key that was pasted.
  const { createRedactor } = await import('@ashlar/safety/redact')
  const { text: masked } = createRedactor({ env, personal: false })
  const approvals: Record<string, true | string> = {}
  for (const call of calls) {
    stderr.write(`${paint(stderr, 'yellow', '?')} ${describeCall(call, widthOf(stderr) - 3)}\n`)
    const answer = await reader.ask('  Run it? y, or why not: ')
    if (answer === undefined) return undefined
    const [, no, reason] = /^\s*(n(?:o)?\b[\s,:]*)?(.*?)\s*$/is.exec(answer) ?? []
    const yes = no === undefined && /^y(es)?$/i.test(reason ?? '')
    approvals[call.callId] = yes || (reason ? masked(reason) : 'no reason given')
  }
  return approvals
}
