import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { InvalidArgument } from '@ashlar/core/errors'
import type { RequestCount } from './count-request.ts'
import { isEncodingName, loadEncoding } from './load-encoding.ts'
import { textRuleOf } from './text-rule.ts'

/** What a command reads from and writes to; `process` fits. */
export interface CommandIo {
  readonly stdin: AsyncIterable<Uint8Array | string>
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown }
  readonly signal?: AbortSignal
}

const help = `Usage: ashlar tokens <file|-> [--model <id> | --encoding <name>] [--json]

Counts the tokens of a UTF-8 text file, or of standard input (-).

  --model <id>       count as this model does; an estimate where its tokenizer is not public
  --encoding <name>  o200k_base (default), cl100k_base, p50k_base or r50k_base
  --json             print {"tokens": <n>, "exact": <true|false>}
  --help             print this

Exit codes: 0 counted, 1 the input could not be read, 2 wrong arguments, 130 interrupted.
`

const options = {
  model: { type: 'string' },
  encoding: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const readInput = async (
  chunks: CommandIo['stdin'],
  signal: AbortSignal | undefined,
): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal?.reason)
  signal?.throwIfAborted()
  signal?.addEventListener('abort', abort, { once: true })
  const iterator = chunks[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await Promise.race([iterator.next(), aborted.promise])
      if (done) return Buffer.concat(parts)
      parts.push(typeof value === 'string' ? Buffer.from(value) : value)
    }
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

const decode = (bytes: Uint8Array): { readonly text: string; readonly lossless: boolean } => {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), lossless: true }
  } catch {
    return { text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes), lossless: false }
  }
}

const countText = async (
  text: string,
  { model, encoding }: { model?: string; encoding?: string },
): Promise<RequestCount> => {
  if (model !== undefined) {
    const rule = textRuleOf(model)
    const { count } = await loadEncoding(rule.encoding)
    return { tokens: Math.ceil(count(text) * rule.factor), exact: rule.own }
  }
  const name = encoding ?? 'o200k_base'
  if (!isEncodingName(name))
    throw new InvalidArgument('--encoding', 'o200k_base, cl100k_base, p50k_base or r50k_base', name)
  return { tokens: (await loadEncoding(name)).count(text), exact: true }
}

const parse = (args: string[]) => {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const [file] = positionals
  if (values.help) return { ...values, file: '' }
  if (file === undefined || positionals.length > 1)
    throw new InvalidArgument('arguments', 'one file, or - for standard input', positionals.join(' '))
  if (values.model !== undefined && values.encoding !== undefined)
    throw new InvalidArgument('arguments', '--model or --encoding', 'both')
  return { ...values, file }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * `ashlar tokens <file|-> [--model M | --encoding E] [--json]`: counts the tokens of a text.
 * @returns the exit code: 0 counted, 1 unreadable input, 2 wrong arguments, 130 aborted
 */
export const tokensCommand = async (args: string[], io: CommandIo): Promise<number> => {
  const fail = (error: unknown, code: number): number => {
    io.stderr.write(`ashlar tokens: ${messageOf(error)}\n`)
    return code
  }
  try {
    const { file, help: wantsHelp, json, ...how } = parse(args)
    if (wantsHelp) {
      io.stdout.write(help)
      return 0
    }
    const signal = io.signal
    const bytes = await (file === '-' ? readInput(io.stdin, signal) : readFile(file, { signal }))
    const { text, lossless } = decode(bytes)
    if (!lossless) io.stderr.write('ashlar tokens: the input is not UTF-8; what is not counts as U+FFFD\n')
    const counted = await countText(text, how)
    const count = { tokens: counted.tokens, exact: counted.exact && lossless }
    io.stdout.write(
      json ? `${JSON.stringify(count)}\n` : `${count.tokens}${count.exact ? '' : ' (estimate)'}\n`,
    )
    return 0
  } catch (error) {
    if (io.signal?.aborted) return fail('interrupted', 130)
    const isUsage = InvalidArgument.isInstance(error) || (error instanceof TypeError && 'code' in error)
    return fail(error, isUsage ? 2 : 1)
  }
}
