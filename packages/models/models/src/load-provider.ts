import { AshlarError, isObject, type LanguageModel } from '@ashlar/core'
import type { PackagedProvider } from './known-providers.ts'

/** Makes a model of its id. */
export type ProviderFactory = (modelId: string) => LanguageModel

type PackagedFactory = (modelId: string, options?: Readonly<Record<string, unknown>>) => LanguageModel

const isFactory = (value: unknown): value is PackagedFactory => typeof value === 'function'

const importPackage = async (name: string): Promise<unknown> => {
  try {
    // The name is not written out so that bundlers do not ask for packages nobody installed.
    return await import(/* @vite-ignore */ /* webpackIgnore: true */ name)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const isMissing = /cannot find|could not (?:find|resolve)|failed to (?:load|resolve)|not found/i.test(why)
    throw new AshlarError(
      'missing-package',
      isMissing ? `${name} is not installed: npm install ${name}` : `${name} could not be loaded: ${why}`,
      { cause },
    )
  }
}

/**
 * Loads a provider's package.
 * @throws AshlarError with code `missing-package` and the line that installs it
 */
export const loadProvider = async (provider: PackagedProvider): Promise<ProviderFactory> => {
  const loaded = await importPackage(provider.package)
  const factory: unknown = isObject(loaded) ? loaded[provider.export] : undefined
  if (!isFactory(factory))
    throw new AshlarError(
      'missing-package',
      `${provider.package} has no ${provider.export}(): expected a newer version, npm install ${provider.package}@latest`,
    )
  const { options } = provider
  return options ? (modelId) => factory(modelId, options) : (modelId) => factory(modelId)
}
