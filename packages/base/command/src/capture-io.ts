import type { CommandIo } from './command-io.ts'

export interface CaptureIoOptions extends Partial<Omit<CommandIo, 'stdin' | 'stdout' | 'stderr'>> {
  /** What standard input gives, chunk by chunk. @default nothing */
  readonly stdin?: string | readonly (Uint8Array | string)[]
  /** A person reads and types: both outputs and the input say `isTTY`. @default false */
  readonly isTTY?: boolean
  /** Width of the terminal. @default 80 */
  readonly columns?: number
}

export interface CapturedIo extends CommandIo {
  /** What was written to standard output so far. */
  readonly out: () => string
  /** What was written to standard error so far. */
  readonly err: () => string
}

async function* chunksOf(
  stdin: string | readonly (Uint8Array | string)[],
): AsyncGenerator<Uint8Array | string> {
  yield* typeof stdin === 'string' ? [stdin] : stdin
}

const missing = (what: string) => async (): Promise<never> => {
  throw new Error(`this test gives no ${what}`)
}

/** A process for the tests of a command: input given, output kept, and no configuration. */
export const captureIo = (options: CaptureIoOptions = {}): CapturedIo => {
  const { stdin = [], isTTY = false, columns = 80, ...rest } = options
  let out = ''
  let err = ''
  return {
    env: {},
    cwd: process.cwd(),
    signal: new AbortController().signal,
    chooseModel: missing('model'),
    loadAgent: missing('agent'),
    agentPlugins: async (inner = []) => inner,
    ...rest,
    stdin: Object.assign(chunksOf(stdin), { isTTY }),
    stdout: { write: (text) => (out += text), isTTY, columns },
    stderr: { write: (text) => (err += text), isTTY, columns },
    out: () => out,
    err: () => err,
  }
}
