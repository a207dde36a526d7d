import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, type CommandIo, defineCommand, readInput, table, withResource } from '@ashlar/command'
import { InvalidArgument } from '@ashlar/core'
import { ledgerHistory } from '../call-history.ts'
import type { Ledger } from '../ledger.ts'
import { formatUsd, type PicoDollars, toUsdString } from '../money.ts'
import type { PredictionBasis } from '../output-length.ts'
import { type CostPrediction, predictCost, type PredictCostOptions } from '../predict-cost.ts'
import { type UpperBound, upperBound } from '../upper-bound.ts'
import { ledgerOption, openLedger } from './open-ledger.ts'
import { parseModel, pricesOption, readPrices } from './price-options.ts'
import { toRequest } from './read-request.ts'

const tiers = ['standard', 'batch', 'flex', 'priority'] as const

const basisText: Readonly<Record<PredictionBasis, (samples: number) => string>> = {
  kind: (samples) => `from ${samples} calls of this kind`,
  model: (samples) => `from ${samples} calls of this model`,
  prior: (samples) =>
    samples > 0
      ? `the middle from ${samples} calls of this model or kind, too few for an interval: that is from the limit`
      : 'from the limit alone: no calls like it are known',
}

const toJson = (model: string, prediction: CostPrediction, most: UpperBound): object => {
  const { cost, ...rest } = prediction
  const usd = Object.fromEntries(Object.entries(cost).map(([key, pico]) => [key, toUsdString(pico)]))
  return { model, ...rest, costUsd: usd, mostUsd: toUsdString(most.pico) }
}

const toText = (prediction: CostPrediction, most: UpperBound): string => {
  const { inputTokens, exact, outputTokens, cost, priceSource, priceVersion } = prediction
  const { p50, low, high, basis, samples } = outputTokens
  const usd = (pico: PicoDollars): string => formatUsd(pico)
  const rows = [
    ['input', `${inputTokens} tokens${exact ? '' : ' (estimate)'}`],
    ['output', `${p50} tokens, 90 % from ${low} to ${high}; ${basisText[basis](samples)}`],
    ['cost', `${usd(cost.p50)}, from ${usd(cost.low)} to ${usd(cost.high)}`],
    ['at most', `${usd(most.pico)} (${most.outputTokens} tokens out)`],
    ['prices', `${priceSource} ${priceVersion}`],
  ]
  return table(rows, { cellWidth: 120 })
}

/** The ledger named, or the one in the usual place if it is there: without calls to learn from it works as well. */
const ledgerToLearnFrom = async (given: string | undefined, io: CommandIo): Promise<Ledger | undefined> => {
  const named = given ?? io.env['ASHLAR_LEDGER']
  return named === undefined && !existsSync(resolve(io.cwd, 'ashlar-ledger.db'))
    ? undefined
    : openLedger(named, io)
}

const parseLimit = (given: string | undefined): number | undefined => {
  if (given === undefined) return undefined
  const limit = Number(given)
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new InvalidArgument('--max-output', 'a whole number above 0', given)
  return limit
}

/** `ashlar cost predict`: what a request will cost, before it is sent. */
export const predictCommand: Command = defineCommand({
  name: 'ashlar cost predict',
  summary: 'What a request will cost, before it is sent',
  positionals: { usage: '<file|->', min: 1 },
  options: {
    model: { type: 'string', value: 'id', description: 'openai/gpt-5.5, or the id alone (required)' },
    kind: {
      type: 'string',
      value: 'name',
      description: 'What sort of request it is, as the ledger names it',
    },
    'max-output': { type: 'string', value: 'tokens', description: 'The most tokens it may write' },
    tier: { type: 'string', choices: tiers, value: tiers.join('|'), description: 'How it is to be served' },
    region: {
      type: 'string',
      value: 'name',
      description: 'Where it is to be served, where that has a price',
    },
    text: { type: 'boolean', description: 'The file is a text, though it begins like JSON' },
    prices: pricesOption,
    ledger: ledgerOption,
    json: { type: 'boolean', description: 'JSON, dollars exact' },
  },
  details:
    'The file is a request as JSON ({ "messages": [...], "instructions": ..., "tools": ... }) where it begins with { or [, else a text. How much will be written is learnt from the calls in the ledger.',
  run: async ({ values, positionals: [file = '-'] }, io) => {
    if (values.model === undefined) throw new InvalidArgument('--model', 'the id of a model', undefined)
    const model = parseModel(values.model)
    const limit = parseLimit(values['max-output'])
    const prices = await readPrices(values.prices, io)
    const source = new TextDecoder().decode(await readInput(file, io))
    const read = await toRequest(source, { isText: values.text })
    const request = limit === undefined ? read : { ...read, maxOutputTokens: limit }
    const tier = tiers.find((each) => each === values.tier)
    const service = {
      prices,
      ...(tier && { tier }),
      ...(values.region !== undefined && { region: values.region }),
    }
    return withResource(await ledgerToLearnFrom(values.ledger, io), async (ledger) => {
      const options: PredictCostOptions = {
        ...service,
        model,
        ...(ledger && { history: ledgerHistory(ledger) }),
        ...(values.kind !== undefined && { kind: values.kind }),
      }
      const prediction = await predictCost(request, options)
      const most = await upperBound(request, model, service)
      const id = `${model.provider}/${model.modelId}`
      io.stdout.write(
        values.json ? `${JSON.stringify(toJson(id, prediction, most))}\n` : toText(prediction, most),
      )
    })
  },
})
