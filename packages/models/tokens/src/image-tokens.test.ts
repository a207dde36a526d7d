import { describe, expect, it } from 'vitest'
import { imageTokens } from './image-tokens.ts'

const tokens = (modelId: string, width: number, height: number): number =>
  imageTokens({ width, height }, { modelId })

describe('imageTokens', () => {
  it.each([
    // Examples of OpenAI's guide, and two bills on either side of a rounding.
    ['gpt-4o', 1024, 1024, 765],
    ['gpt-4o', 2048, 4096, 1105],
    ['gpt-4o', 4096, 8192, 1105],
    ['gpt-4.1', 2049, 513, 1445],
    ['gpt-4.1', 2050, 513, 765],
    ['openai/gpt-4o-2024-08-06', 512, 512, 255],
    ['gpt-4o-mini', 1024, 1024, 2833 + 4 * 5667],
    ['o1', 1024, 1024, 675],
    ['openai/o3', 512, 512, 225],
    ['gpt-5', 1024, 1024, 630],
    ['computer-use-preview', 512, 512, 194],
    ['gpt-4.1-mini', 1024, 1024, Math.ceil(1024 * 1.62)],
    ['gpt-4.1-mini', 1800, 2400, Math.ceil(1452 * 1.62)],
    ['gpt-4.1-mini', 4000, 1474, Math.ceil(1449 * 1.62)],
    ['gpt-5-nano', 32, 32, 3],
    ['o4-mini', 64, 64, 7],
  ])("counts OpenAI's tiles and patches: %s at %i × %i", (modelId, width, height, expected) => {
    expect(tokens(modelId, width, height)).toBe(expected)
  })

  it.each([
    ['claude-sonnet-4-5-20250929', 750, 750, 750],
    ['claude-3-5-sonnet-20241022', 200, 200, 54],
    ['anthropic/claude-opus-4.6', 1092, 1092, 1590],
    ['claude-sonnet-4@20250514', 3000, 3000, 1600],
    ['claude-opus-4-7', 3000, 3000, 5000],
    ['claude-haiku-4-5', 6272, 200, Math.ceil((1568 * 50) / 750)],
    ['claude-next', 1500, 1500, 3000],
    ['us.anthropic.claude-opus-4-1-20250805-v1:0', 2000, 2000, 1600],
    ['gemini-2.5-flash', 384, 384, 258],
    ['gemini-2.5-flash', 960, 540, 6 * 258],
    ['google/gemini-3-pro-preview', 10, 10, 1120],
    ['llava', 10, 10, 1600],
  ])("counts other vendors' images: %s at %i × %i", (modelId, width, height, expected) => {
    expect(tokens(modelId, width, height)).toBe(expected)
  })

  it('counts low detail alike for every size, and an unknown size as a large one', () => {
    expect(imageTokens({ width: 4000, height: 3000 }, { modelId: 'gpt-4o', detail: 'low' })).toBe(85)
    expect(imageTokens(undefined, { modelId: 'gpt-4o', detail: 'high' })).toBe(765)
    expect(imageTokens(undefined, { modelId: 'claude-sonnet-4-5' })).toBe(1600)
  })
})
