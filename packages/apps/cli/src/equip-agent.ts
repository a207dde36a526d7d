import type { Agent } from '@ashlar/core'
import { oneLine } from '@ashlar/command'
import { chooseModel, describeChoice } from './choose-model.ts'
import { CommandError } from './exit-code.ts'
import { type LoadedAgent, makeAgent } from './load-agent.ts'
import { paint, type Terminal } from './terminal.ts'

export interface EquipOptions {
  readonly terminal: Terminal
  /** As in `chooseModel`. */
  readonly model?: string | undefined
}

/** The agent of a file; one that leaves its model open gets the chosen one, which is named on stderr. */
export const equipAgent = async (loaded: LoadedAgent, { terminal, model }: EquipOptions): Promise<Agent> => {
  if ('agent' in loaded) {
    if (model === undefined) return loaded.agent
    throw new CommandError(
      'usage',
      'The agent brings its own model: leave out --model, or export ({ model }) => createAgent({ model, … })',
    )
  }
  const chosen = await chooseModel({ model, env: terminal.env })
  showChoice(terminal, describeChoice(chosen))
  return makeAgent(loaded.create, { model: chosen.model, plugins: [] })
}

/** Names the model on stderr. */
export const showChoice = ({ stderr }: Terminal, choice: string): void =>
  void stderr.write(`${paint(stderr, 'dim', oneLine(choice, 1_000))}\n`)
