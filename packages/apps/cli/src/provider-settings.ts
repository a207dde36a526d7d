import type { LanguageModel } from '@ashlar/core'

/** How a provider is reached, as a configuration says it. */
export interface ProviderSettings {
  readonly apiKey?: string
  readonly baseURL?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds a call may take. */
  readonly timeoutMs?: number
}

/** The settings of providers by their name; those of one are looked up when it is chosen. */
export interface Providers {
  readonly settings: Readonly<Record<string, ProviderSettings>>
  /** Looks up references. @default they are plain text */
  readonly resolve?: (settings: ProviderSettings) => Promise<ProviderSettings>
}

/** The settings of one provider, references looked up. */
export const settingsOf = async (
  provider: string,
  { settings, resolve = async (own) => own }: Providers = { settings: {} },
): Promise<ProviderSettings> => {
  const own = Object.hasOwn(settings, provider) ? settings[provider] : undefined
  return own ? resolve(own) : {}
}

/** The model with a deadline on each call. */
export const withTimeout = (model: LanguageModel, { timeoutMs }: ProviderSettings): LanguageModel =>
  timeoutMs === undefined
    ? model
    : {
        provider: model.provider,
        modelId: model.modelId,
        stream: (request) => {
          const deadline = Math.min(request.deadline ?? Infinity, Date.now() + timeoutMs)
          return model.stream({ ...request, deadline })
        },
      }
