import { readFileSync } from 'node:fs'
import type { VerdictKind } from './verdict.ts'

export interface LabelledCommand {
  readonly command: string
  readonly verdict: VerdictKind
  readonly family: string
}

const read = (name: string): readonly LabelledCommand[] =>
  readFileSync(new URL(`../../fixtures/${name}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line): LabelledCommand => JSON.parse(line))

/** What the policy was tuned on. */
export const tuneCommands = (): readonly LabelledCommand[] => read('tune')

/** Written before the policy, and looked at only to report figures. */
export const heldOutCommands = (): readonly LabelledCommand[] => read('held-out')
