import { type Command, defineCommand, readInput } from '@ashlar/command'
import { InvalidArgument } from '@ashlar/core/errors'
import type { RequestCount } from './count-request.ts'
import { isEncodingName, loadEncoding } from './load-encoding.ts'
import { textRuleOf } from './text-rule.ts'

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

/** `ashlar tokens <file|-> [--model M | --encoding E] [--json]`: counts the tokens of a text. */
export const tokensCommand: Command = defineCommand({
  name: 'ashlar tokens',
  summary: 'Counts the tokens of a UTF-8 text file, or of standard input (-).',
  positionals: { usage: '<file|->', min: 1 },
  options: {
    model: {
      type: 'string',
      value: 'id',
      description: 'count as this model does; an estimate where its tokenizer is not public',
    },
    encoding: {
      type: 'string',
      value: 'name',
      description: 'o200k_base (default), cl100k_base, p50k_base or r50k_base',
    },
    json: { type: 'boolean', description: 'print {"tokens": <n>, "exact": <true|false>}' },
  },
  details: 'Exit codes: 0 counted, 1 the input could not be read, 2 wrong arguments, 130 interrupted.',
  run: async ({ values: { model, encoding, json }, positionals: [file = '-'] }, io) => {
    if (model !== undefined && encoding !== undefined)
      throw new InvalidArgument('arguments', '--model or --encoding', 'both')
    const { text, lossless } = decode(await readInput(file, io))
    if (!lossless) io.stderr.write('ashlar tokens: the input is not UTF-8; what is not counts as U+FFFD\n')
    const counted = await countText(text, { ...(model && { model }), ...(encoding && { encoding }) })
    const count = { tokens: counted.tokens, exact: counted.exact && lossless }
    io.stdout.write(
      json ? `${JSON.stringify(count)}\n` : `${count.tokens}${count.exact ? '' : ' (estimate)'}\n`,
    )
  },
})
