// Dots as gateways write them, dashes as Anthropic does; the date after a version is not its minor.
const named = /claude-(?:[a-z]+-)?(\d+)(?:[-.](\d{1,2}))?(?!\d)/

/** 4.7 and later read images in higher resolution, and text with another tokenizer. */
const changed = 407

/** True for a Claude up to 4.6, in anyone's spelling; false for later ones and for names without a version. */
export const isEarlyClaude = (modelId: string): boolean => {
  const lower = modelId.toLowerCase()
  if (lower.includes('claude-instant')) return true
  const [, major, minor = '0'] = named.exec(lower) ?? []
  return major !== undefined && Number(major) * 100 + Number(minor) < changed
}
