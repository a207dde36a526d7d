import type { Readable, Writable } from 'node:stream'
import { styleText } from 'node:util'

/** An output, which may be a screen. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/** Everything a command touches of the process it runs in. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  /** The answer, and nothing else. */
  readonly stdout: Output
  /** Everything beside the answer. */
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Calls `listener` at each Ctrl-C; the function returned stops that. */
  readonly onInterrupt: (listener: () => void) => () => void
}

/** A style of `styleText`. */
type Style = Parameters<typeof styleText>[0]

/** The text in a style, where the output shows colours: a terminal, unless NO_COLOR or FORCE_COLOR say otherwise. */
export const paint = (stream: Output, style: Style, text: string): string =>
  styleText(style, text, { stream })

/** Columns to fill: what the terminal has, 100 in a pipe. */
export const widthOf = (stream: Output): number => (stream.isTTY ? (stream.columns ?? 80) : 100)

/** True when a person can be asked: they type, and see what is asked. */
export const isInteractive = ({ stdin, stderr }: Terminal): boolean =>
  stdin.isTTY === true && stderr.isTTY === true

/** Calls `work` with a signal that the first Ctrl-C aborts. */
export const untilInterrupted = async <T>(
  terminal: Pick<Terminal, 'onInterrupt'>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const controller = new AbortController()
  const stop = terminal.onInterrupt(() => controller.abort(new DOMException('interrupted', 'AbortError')))
  try {
    return await work(controller.signal)
  } finally {
    stop()
  }
}
