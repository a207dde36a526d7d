import { isObject, type JsonValue } from '@ashlar/core'
import type { Runs, RunsOptions } from '../open-runs.ts'
import type { Errand, Office } from './office.ts'

type Desk = Runs<keyof Office['agents'], { readonly chain: Errand }>

interface RunsParts {
  readonly office: Office
  /** Opens the engine; what was open before is closed first. */
  open(options?: Pick<RunsOptions, 'concurrency' | 'version' | 'leaseMs'>): Promise<Desk>
}

export type RunsCheck = readonly [name: string, test: (parts: RunsParts) => Promise<void>]

/** What an agent said in the end. */
export const textIn = (result: JsonValue): unknown => (isObject(result) ? result['text'] : undefined)
