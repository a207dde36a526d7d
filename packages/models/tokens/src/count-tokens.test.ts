import { describe, expect, it } from 'vitest'
import { countTokens } from './count-tokens.ts'

describe('countTokens', () => {
  it('counts in an encoding, or in that of a model', async () => {
    const text = '你好,世界'
    expect(await countTokens(text, 'cl100k_base')).toBe(6)
    expect(await countTokens(text, 'gpt-4')).toBe(6)
    expect(await countTokens(text, 'gpt-4o')).toBe(3)
    expect(await countTokens(text, 'ft:gpt-4o-2024-08-06:acme::1')).toBe(3)
    expect(await countTokens(text, 'p50k_base')).not.toBe(await countTokens(text, 'gpt-4o'))
    expect(await countTokens('', 'gpt-4o')).toBe(0)
  })

  it('takes the text of special tokens for what it is', async () => {
    expect(await countTokens('<|endoftext|>', 'gpt-4o')).toBe(7)
  })

  it('does not guess', async () => {
    await expect(countTokens('a', 'claude-opus-5')).rejects.toThrow(
      /encodingOrModel: expected an encoding or a model whose encoding is public .*received "claude-opus-5"/,
    )
  })
})
