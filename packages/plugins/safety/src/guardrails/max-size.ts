import { InvalidArgument } from '@ashlar/core'
import { checkKnownKeys } from '../known-keys.ts'
import type { CheckGuardrail, GuardrailStage } from './guardrail.ts'

export interface MaxSizeOptions {
  /** UTF-16 code units. */
  readonly characters: number
  /** @default input, call, result */
  readonly stages?: readonly GuardrailStage[]
  /** What becomes of more: results and outputs can be cut, the middle left out. @default 'deny' */
  readonly over?: 'deny' | 'cut'
}

/**
 * Refuses or cuts what is too long.
 * @throws InvalidArgument when an option is wrong
 */
export const maxSize = (options: MaxSizeOptions): CheckGuardrail => {
  checkKnownKeys(options, { of: 'maxSize', known: ['characters', 'stages', 'over'] })
  const { characters, stages = ['input', 'call', 'result'], over = 'deny' } = options
  if (!Number.isInteger(characters) || characters < 1)
    throw new InvalidArgument('characters', 'a whole number from 1', characters)
  if (over !== 'deny' && over !== 'cut') throw new InvalidArgument('over', 'deny or cut', over)
  if (over === 'cut' && stages.includes('call'))
    throw new InvalidArgument('over', '"deny" for calls: half an input is another input', over)
  return {
    name: 'max-size',
    priority: -50,
    stages,
    check: ({ text }) => {
      if (text.length <= characters) return { verdict: 'allow' }
      const reason = `${text.length} characters, at most ${characters} are let through`
      if (over === 'deny') return { verdict: 'deny', reason }
      const half = Math.floor(characters / 2)
      const [head, tail] = [text.slice(0, characters - half), half > 0 ? text.slice(-half) : '']
      const shown = `${head.toWellFormed()}\n[… ${text.length - characters} characters left out …]\n${tail.toWellFormed()}`
      return { verdict: 'modify', text: shown, reason }
    },
  }
}
