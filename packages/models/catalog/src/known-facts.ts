import type { KnownFacts } from './model-facts.ts'

/** Facts that the price list lacks, each from a source that can be looked up. */
export interface FactSheet {
  readonly provider: string
  readonly models: readonly string[]
  readonly facts: KnownFacts
  readonly source: string
}

const names = (list: string): readonly string[] => list.trim().split(/\s+/)

const openaiTypes = 'openai 7.55.0, type definitions'
const openaiGuide = 'OpenAI guide "Images and vision", November 2026'
const anthropicTypes = '@anthropic-ai/sdk 1.11.0'
const anthropicGuide = 'Anthropic guide "Vision", November 2026'
const anthropicModels = 'Anthropic "Models overview", November 2026'

const ending = (shutdown: string, models: string): FactSheet => ({
  provider: 'openai',
  models: names(models),
  facts: { deprecated: true, shutdown },
  source: openaiTypes,
})

/** "Announced shutdown date" of the model types. */
const endings: readonly FactSheet[] = [
  ending('2024-09-13', 'gpt-3.5-turbo-16k gpt-3.5-turbo-0301 gpt-3.5-turbo-0613 gpt-3.5-turbo-16k-0613'),
  ending('2024-12-06', 'gpt-4-vision-preview'),
  ending('2025-06-06', 'gpt-4-32k gpt-4-32k-0314 gpt-4-32k-0613'),
  ending('2025-07-28', 'o1-preview o1-preview-2024-09-12'),
  ending('2025-10-10', 'gpt-4o-audio-preview-2024-10-01'),
  ending('2025-10-27', 'o1-mini o1-mini-2024-09-12'),
  ending('2026-02-12', 'codex-mini-latest'),
  ending('2026-02-17', 'chatgpt-4o-latest'),
  ending('2026-03-26', 'gpt-4-0125-preview gpt-4-turbo-preview gpt-4-0314'),
  ending(
    '2026-05-07',
    `gpt-4o-audio-preview gpt-4o-audio-preview-2024-12-17 gpt-4o-audio-preview-2025-06-03
     gpt-4o-mini-audio-preview gpt-4o-mini-audio-preview-2024-12-17`,
  ),
  ending('2026-05-12', 'dall-e-2 dall-e-3'),
  ending(
    '2026-07-23',
    `gpt-5.1-codex gpt-5.1-chat-latest gpt-5-chat-latest gpt-4o-search-preview gpt-4o-mini-search-preview
     gpt-4o-search-preview-2025-03-11 gpt-4o-mini-search-preview-2025-03-11`,
  ),
  ending('2026-08-10', 'gpt-5.3-chat-latest gpt-5.2-chat-latest'),
  ending('2026-09-28', 'gpt-3.5-turbo-1106'),
  ending(
    '2026-10-23',
    `gpt-image-1 gpt-4.1-nano gpt-4.1-nano-2025-04-14 o4-mini o4-mini-2025-04-16 o3-mini o3-mini-2025-01-31 o1
     o1-2024-12-17 gpt-4o-2024-05-13 gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4-1106-preview gpt-4 gpt-4-0613
     gpt-3.5-turbo gpt-3.5-turbo-0125`,
  ),
  ending(
    '2026-12-11',
    `gpt-5 gpt-5-mini gpt-5-nano gpt-5-2025-08-07 gpt-5-mini-2025-08-07 gpt-5-nano-2025-08-07 o3 o3-2025-04-16`,
  ),
  ending('2027-01-06', 'tts-1 tts-1-hd gpt-4o-mini-tts gpt-4o-mini-tts-2025-12-15'),
  ending(
    '2027-01-14',
    `gpt-4.1 gpt-4.1-mini gpt-4.1-2025-04-14 gpt-4.1-mini-2025-04-14 gpt-4o gpt-4o-2024-11-20 gpt-4o-2024-08-06
     gpt-4o-mini gpt-4o-mini-2024-07-18`,
  ),
  ending(
    '2027-01-20',
    'gpt-audio-mini gpt-audio-mini-2025-12-15 gpt-realtime gpt-realtime-2025-08-28 gpt-realtime-mini gpt-realtime-mini-2025-12-15',
  ),
  ending(
    '2027-02-26',
    'whisper-1 gpt-4o-transcribe gpt-4o-mini-transcribe gpt-4o-mini-transcribe-2025-12-15 gpt-4o-transcribe-diarize',
  ),
  ending('2027-04-01', 'gpt-5.4-nano gpt-5.4-nano-2026-03-17 gpt-5.1 gpt-5.1-2025-11-13'),
  {
    provider: 'anthropic',
    models: names('claude-sonnet-4-5 claude-sonnet-4-5-20250929'),
    facts: { deprecated: true, shutdown: '2026-11-30' },
    source: anthropicTypes,
  },
]

/** Everything known beside the price list. Facts of a later sheet are laid over those of an earlier one. */
export const factSheets: readonly FactSheet[] = [
  ...endings,
  {
    // The models the guide gives a rule for counting the tokens of an image.
    provider: 'openai',
    models: names(
      'gpt-4o gpt-4o-mini gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-5 gpt-5-mini gpt-5-nano o1 o3 o4-mini',
    ),
    facts: { input: { text: true, image: true } },
    source: openaiGuide,
  },
  {
    // In the types, not in the price list.
    provider: 'openai',
    models: names('gpt-6.1-sol gpt-6.1-terra gpt-image-2.5-sunburst gpt-image-2.5-flare'),
    facts: {},
    source: openaiTypes,
  },
  {
    // "The Claude 3 and 4 families": by the names the price list has for them.
    provider: 'anthropic',
    models: names(
      `claude-3-haiku claude-3-sonnet claude-3-opus-latest claude-3-5-haiku-latest claude-3-5-sonnet
       claude-3-7-sonnet-latest claude-opus-4-0 claude-opus-4-1 claude-opus-4-5 claude-opus-4-6 claude-opus-4-7
       claude-opus-4-8 claude-sonnet-4-0 claude-sonnet-4-5 claude-sonnet-4-6 claude-haiku-4-5`,
    ),
    facts: { input: { text: true, image: true } },
    source: anthropicGuide,
  },
  {
    provider: 'anthropic',
    models: names('claude-fable-5-1 claude-opus-5 claude-opus-5-5 claude-sonnet-5-5 claude-haiku-5-5'),
    facts: { contextWindow: 1_000_000, maxOutputTokens: 128_000 },
    source: anthropicModels,
  },
  {
    provider: 'anthropic',
    models: names('claude-opus-5'),
    facts: { input: { text: true, image: true } },
    source: anthropicModels,
  },
  {
    provider: 'anthropic',
    models: names(
      'claude-fable-5-2 claude-mythos-5 claude-mythos-5-1 claude-mythos-5-2 claude-mythos-preview',
    ),
    facts: {},
    source: anthropicTypes,
  },
]
