import type { Output } from './terminal.ts'

/** Status on stderr and text on stdout, kept apart when both are the same screen. */
export interface StatusLines {
  /** Text of the answer, as it streams. */
  text(text: string): void
  /** A line that stays; it takes the place of the passing line of `key`. */
  line(line: string, key?: string): void
  /** A line that lasts until something else is shown; nothing in a pipe. */
  pass(key: string, line: string): void
  /** Ends the line that is open. */
  flush(): void
}

const eraseLine = '\r\u001B[2K'

/** Starts with the cursor at the beginning of a line. */
export const createStatusLines = ({ stdout, stderr }: { stdout: Output; stderr: Output }): StatusLines => {
  let passing: { key: string; line: string } | undefined
  let textOpen = false
  /** Removes the passing line; that of a call which is still running stays as a line of its own. */
  const settle = (key?: string): void => {
    if (passing) stderr.write(passing.key === key || passing.key === 'step' ? eraseLine : '\n')
    passing = undefined
  }
  const endText = (): void => {
    if (textOpen) stdout.write('\n')
    textOpen = false
  }
  return {
    text(text) {
      if (text === '') return
      settle()
      stdout.write(text)
      textOpen = !text.endsWith('\n')
    },
    line(line, key) {
      settle(key)
      endText()
      stderr.write(`${line}\n`)
    },
    pass(key, line) {
      if (!stderr.isTTY) return
      settle()
      endText()
      passing = { key, line }
      stderr.write(line)
    },
    flush() {
      settle()
      endText()
    },
  }
}
