import { deny } from '../outcome.ts'
import type { Judge } from '../shell.ts'
import { tool } from '../tool.ts'

/** The same judge under several names. */
export const each = (names: string, judge: Judge): readonly (readonly [string, Judge])[] =>
  names.split(/\s+/).map((name) => [name, judge])

/** A command whose operands are no paths and that only prints. */
export const text = (options = '', singleDash = false): Judge =>
  tool({ options, operands: 'text', singleDash })

export const publishes: Judge = () =>
  deny('publishes', 'It publishes to the world, or takes back what others use.')
