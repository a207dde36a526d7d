import { describe, expect, it } from 'vitest'
import { traitsOf } from './model-traits.ts'

describe('traitsOf', () => {
  it.each([
    ['claude-haiku-4-5', 'budget', 'disabled', 'unless-thinking', 'one', 64_000],
    ['claude-haiku-4-5-20251001', 'budget', 'disabled', 'unless-thinking', 'one', 64_000],
    ['us.anthropic.claude-opus-4-5-20251101-v1:0', 'budget', 'disabled', 'unless-thinking', 'one', 64_000],
    ['claude-opus-4@20250514', 'budget', 'disabled', 'unless-thinking', 'one', 32_000],
    ['claude-sonnet-4-20250514', 'budget', 'disabled', 'unless-thinking', 'one', 32_000],
    ['claude-3-5-haiku-20241022', 'budget', 'disabled', 'unless-thinking', 'one', 8192],
    ['claude-opus-4-6', 'either', 'disabled', 'unless-thinking', 'one', 128_000],
    ['anthropic/claude-sonnet-4.6', 'either', 'disabled', 'unless-thinking', 'one', 64_000],
    ['claude-opus-4-8', 'effort', 'disabled', 'unless-thinking', 'none', 128_000],
    ['claude-opus-5', 'effort', 'disabled', 'unless-thinking', 'none', 128_000],
    ['claude-opus-5-5', 'effort', undefined, 'never', 'none', 128_000],
    ['claude-sonnet-5', 'effort', 'disabled', 'unless-thinking', 'none', 128_000],
    ['claude-sonnet-5-5', 'effort', 'between_tools', 'never', 'none', 128_000],
    ['claude-haiku-5-5', 'effort', 'disabled', 'unless-thinking', 'none', 128_000],
    ['claude-fable-5', 'effort', undefined, 'unless-thinking', 'none', 128_000],
    ['claude-fable-5-2', 'effort', undefined, 'never', 'none', 128_000],
    ['claude-mythos-preview', 'effort', 'disabled', 'unless-thinking', 'none', 64_000],
    ['glm-6', 'either', 'disabled', 'always', 'both', 8192],
  ] as const)('%s', (id, ...traits) => {
    const { thinking, noThinking, forcedTools, sampling, maxOutputTokens } = traitsOf(id)
    expect([thinking, noThinking, forcedTools, sampling, maxOutputTokens]).toEqual(traits)
  })
})
