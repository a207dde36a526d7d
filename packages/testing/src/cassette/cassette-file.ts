import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { InvalidArgument, isObject } from '@ashlar/core'
import { canonicalJson } from './canonical.ts'
import { CassetteError } from './cassette-error.ts'

/** `record` writes, `replay` reads, `auto` replays a file that exists and records one that does not. */
export type CassetteMode = 'record' | 'replay' | 'auto'

export interface CassetteFileOptions {
  readonly file: string
  /** @default 'auto' */
  readonly mode?: CassetteMode
  /** Records even where `CI` is set. @default false */
  readonly force?: boolean
  /** Where `CI` is looked up. @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>
}

const inCi = (env: Readonly<Record<string, string | undefined>>): boolean => {
  const { CI = '' } = env
  return CI !== '' && CI !== '0' && CI.toLowerCase() !== 'false'
}

/** False where CI is set, unless it is forced. */
export const mayRecord = ({ force = false, env = process.env }: Omit<CassetteFileOptions, 'file'>): boolean =>
  force || !inCi(env)

/**
 * What is to be done with a file. @throws CassetteError when a file to replay is missing, or something would
 * be recorded in CI
 */
export const modeOf = (options: CassetteFileOptions): 'record' | 'replay' => {
  const { file, mode = 'auto' } = options
  if (mode !== 'auto' && mode !== 'record' && mode !== 'replay')
    throw new InvalidArgument('mode', "'record', 'replay' or 'auto'", mode)
  const exists = existsSync(file)
  if (mode === 'replay' && !exists)
    throw new CassetteError(`There is no cassette at ${file}. Record it first, with mode: 'record'.`)
  const chosen = mode === 'auto' ? (exists ? 'replay' : 'record') : mode
  if (chosen === 'record' && !mayRecord(options))
    throw new CassetteError(
      `The cassette ${file} would be recorded, but CI is set. Record it on your machine and commit it, or pass force: true.`,
    )
  return chosen
}

/** One line of a cassette: what was asked and what came of it. */
export interface Exchange {
  readonly request: unknown
  readonly [more: string]: unknown
}

/** The header in a cassette's first line. */
export interface CassetteHeader {
  readonly cassette: 'model' | 'http'
  readonly version: 1
}

/** Reads a cassette. @throws CassetteError when the file is no cassette of this kind */
export const readCassette = (file: string, kind: CassetteHeader['cassette']): Exchange[] => {
  const [first, ...lines] = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => parse(line, `${file}:${index + 1}`))
  if (first?.['cassette'] !== kind || first['version'] !== 1)
    throw new CassetteError(`${file} is no ${kind} cassette of version 1: ${JSON.stringify(first)}`)
  return lines.map((line) => ({ ...line, request: line['request'] }))
}

const parse = (line: string, where: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(line)
    if (isObject(value)) return value
  } catch (cause) {
    throw new CassetteError(`${where} is not JSON`, { cause })
  }
  throw new CassetteError(`${where} is not a JSON object`)
}

/** Writes a cassette as JSON lines with sorted keys: all of it or, on a crash, none of it. */
export const writeCassette = (file: string, header: CassetteHeader, exchanges: readonly Exchange[]): void => {
  const lines = [header, ...exchanges].map((line) => `${canonicalJson(line)}\n`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.part`, lines.join(''))
  renameSync(`${file}.part`, file)
}
