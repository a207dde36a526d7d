/** Prefixes of the keys of OpenAI, Anthropic, Groq, xAI, Perplexity, NVIDIA, Hugging Face, Replicate and Google. */
const keyShapes =
  /\b(?:sk|gsk|xai|pplx|nvapi|hf|r8)[-_](?:(?=[\w*.-]*[\d*])[\w*.-]{6,}|[\w*.-]{16,})[\w*]|\bAIza[\w-]{20,}|\bBearer\s+[\w.~+/*=-]{6,}/gi

/** The message without API keys: those given, and whatever has the shape of one. */
export const redactSecrets = (message: string, secrets: readonly (string | undefined)[] = []): string => {
  let safe = message
  for (const secret of secrets) if (secret && secret.length > 3) safe = safe.replaceAll(secret, '[redacted]')
  return safe.replace(keyShapes, '[redacted]')
}
