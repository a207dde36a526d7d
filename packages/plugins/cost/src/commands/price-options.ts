import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createCatalog, toOverrides } from '@ashlar/catalog'
import type { CommandIo } from '@ashlar/command'
import { InvalidArgument } from '@ashlar/core'
import { createPriceBook, type PriceBook } from '../price-book.ts'

/** The option that says which prices, for every command that reckons with them. */
export const pricesOption = {
  type: 'string',
  value: 'file',
  description: 'Prices of your own: a JSON file of overrides (ASHLAR_PRICES)',
} as const

/** Reads a JSON file. @throws InvalidArgument when it is none */
export const readJson = async (
  file: string,
  { cwd, signal }: Pick<CommandIo, 'cwd' | 'signal'>,
): Promise<unknown> => {
  const text = await readFile(resolve(cwd, file), { encoding: 'utf8', signal })
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InvalidArgument(file, 'JSON', error instanceof Error ? error.message : error)
  }
}

/** The catalog's prices under those of a file. @throws InvalidArgument naming the field that is wrong */
export const readPrices = async (
  given: string | undefined,
  io: Pick<CommandIo, 'env' | 'cwd' | 'signal'>,
): Promise<PriceBook> => {
  const file = given ?? io.env['ASHLAR_PRICES']
  return file ? createPriceBook({ overrides: toOverrides(await readJson(file, io)) }) : createPriceBook()
}

/** `provider/modelId`, or the id alone of a model whose maker is known. @throws InvalidArgument otherwise */
export const parseModel = (name: string): { readonly provider: string; readonly modelId: string } => {
  const slash = name.indexOf('/')
  if (slash > 0) return { provider: name.slice(0, slash), modelId: name.slice(slash + 1) }
  const provider = createCatalog().find(name)?.provider
  if (provider === undefined)
    throw new InvalidArgument('--model', 'provider/modelId, or a model of the catalog', name)
  return { provider, modelId: name }
}
