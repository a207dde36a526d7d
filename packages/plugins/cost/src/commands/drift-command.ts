import { type Command, type CommandIo, defineCommand, exitCode, printable, table } from '@ashlar/command'
import { InvalidArgument, isObject } from '@ashlar/core'
import { type DriftReport, driftReport, type PriceSource } from '../drift.ts'
import { fromCostCalculator, fromLitellm } from '../drift-sources.ts'
import { readAccepted } from './accepted-differences.ts'
import { pricesOption, readJson, readPrices } from './price-options.ts'

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'

const installedSource = async (): Promise<PriceSource> => {
  try {
    return fromCostCalculator((await import('ai-sdk-cost-calculator')).allPricing)
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new Error(
      "no second price list: npm install ai-sdk-cost-calculator, or name a copy of LiteLLM's model_prices_and_context_window.json",
      { cause: error },
    )
  }
}

const sourceOf = async (file: string | undefined, io: CommandIo): Promise<PriceSource> => {
  if (file === undefined) return installedSource()
  const list = await readJson(file, io)
  if (!isObject(list))
    throw new InvalidArgument(
      file,
      "LiteLLM's model_prices_and_context_window.json, an object",
      JSON.stringify(list).slice(0, 80),
    )
  return fromLitellm(list, file)
}

/** Models named in one line. */
const fewest = 10

const onlyThere = ({ missing, source }: DriftReport): string => {
  if (missing.length === 0) return ''
  const more = missing.length > fewest ? `, … (--json has all)` : ''
  const names = missing.slice(0, fewest).map(printable).join(', ')
  return `${missing.length} models are in ${printable(source)} alone: ${names}${more}\n`
}

const parseTolerance = (given: string): number => {
  const percent = /^(\d+(?:\.\d+)?) ?%?$/.exec(given)?.[1]
  if (percent === undefined || Number(percent) >= 100)
    throw new InvalidArgument('--tolerance', 'a percentage below 100, such as 0.5', given)
  return Number(percent) / 100
}

/** `ashlar cost drift`: where the prices in use differ from another list. */
export const driftCommand: Command = defineCommand({
  name: 'ashlar cost drift',
  summary: 'Where the prices in use differ from another price list',
  positionals: { usage: '[litellm.json]', max: 1 },
  options: {
    tolerance: {
      type: 'string',
      default: '0.5',
      value: 'percent',
      description: 'How far apart two prices may be',
    },
    provider: {
      type: 'string',
      multiple: true,
      value: 'name',
      description: 'Only of this one; may be repeated (openai, anthropic, google)',
    },
    accept: {
      type: 'string',
      value: 'file',
      description: 'Differences that are known: what --json wrote, or a list of { id, kind, ours, theirs }',
    },
    prices: pricesOption,
    json: { type: 'boolean', description: 'JSON' },
  },
  details:
    "The other list is the npm package ai-sdk-cost-calculator where it is installed, or a copy of LiteLLM's model_prices_and_context_window.json. Exit codes: 0 they agree but for what --accept has, 1 they do not, 2 wrong arguments.",
  run: async ({ values, positionals: [file] }, io) => {
    const tolerance = parseTolerance(values.tolerance)
    const prices = await readPrices(values.prices, io)
    const accepted = await readAccepted(values.accept, io)
    const all = driftReport(await sourceOf(file, io), {
      prices,
      tolerance,
      ...(values.provider && { providers: values.provider }),
    })
    const { source, compared, models } = all
    const differences = all.differences.filter((each) => !accepted.has(each))
    const known = all.differences.length - differences.length
    const report = { ...all, differences, ...(accepted.size > 0 && { accepted: known }) }
    if (values.json) io.stdout.write(`${JSON.stringify(report)}\n`)
    else {
      const rows = differences.map(({ id, kind, ours, theirs, difference }) =>
        [id, kind, ours, theirs, `${(difference * 100).toFixed(1)} %`].map(printable),
      )
      if (rows.length > 0)
        io.stdout.write(table([['model', 'price', 'here', 'there', 'apart'], ...rows], { right: [2, 3, 4] }))
      io.stderr.write(
        `${differences.length} of ${compared} prices of ${models} models differ from ${printable(source)}${known > 0 ? `, besides ${known} accepted` : ''}\n${onlyThere(all)}`,
      )
      if (accepted.size > known)
        io.stderr.write(`${accepted.size - known} of ${values.accept} are no longer so: take them out\n`)
    }
    return differences.length > 0 ? exitCode.failed : exitCode.ok
  },
})
