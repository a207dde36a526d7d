import { type Config, describeOrigin } from '@ashlar/config'
import type { AshlarConfig } from '@ashlar/config/ashlar'
import { chooseModel, type ChosenModel } from './choose-model.ts'
import type { Terminal } from './terminal.ts'

/** The model of a section of the configuration, unless another is asked for. @throws CommandError */
export const configuredModel = async (
  config: Config<AshlarConfig>,
  {
    model,
    section,
    env,
  }: { readonly section: string; readonly model?: string | undefined; readonly env: Terminal['env'] },
): Promise<ChosenModel> => {
  const { model: named, fallbacks, providers = {} } = config.forAgent(section)
  // Fallbacks are those of the configured model, not of any other.
  const wanted = model === undefined ? await config.resolve({ model: named, fallbacks }) : { model }
  const chosen = await chooseModel({
    ...wanted,
    providers: { settings: providers, resolve: config.resolve },
    env,
  })
  const origin = model === undefined ? config.originOf('model', section) : undefined
  return origin ? { ...chosen, reason: `by ${describeOrigin(origin)}` } : chosen
}
