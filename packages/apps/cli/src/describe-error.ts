import { AshlarError, isObject, ModelError } from '@ashlar/core'
import { oneLine } from '@ashlar/command'

const keyVariables: Readonly<Record<string, string>> = {
  anthropic: 'ANTHROPIC_API_KEY',
  openai: 'OPENAI_API_KEY',
}

const adviceFor = ({ kind, provider, status, message, retryAfterMs }: ModelError): string | undefined => {
  const variable = keyVariables[provider]
  if (kind === 'auth') return variable && `check ${variable}`
  // A wrong path is answered 404 too, but says nothing of models.
  if (status === 404 && /\bmodel\b/i.test(message)) return 'see ashlar models list'
  if (kind === 'network') return 'check the connection and the proxy variables (ashlar doctor)'
  if (kind === 'rate-limit')
    return retryAfterMs === undefined ? 'try again later' : `try again in ${Math.ceil(retryAfterMs / 1000)} s`
  return kind === 'overloaded' ? 'try again later' : undefined
}

/** An error on one line, without a stack: what happened and, where it is known, what to do. */
export const describeError = (error: unknown): string => {
  if (ModelError.isInstance(error)) {
    const advice = adviceFor(error)
    return oneLine(advice ? `${error.message.replace(/[.\s]+$/, '')}; ${advice}` : error.message, 1_000)
  }
  if (AshlarError.isInstance(error)) return oneLine(error.message, 1_000)
  if (error instanceof Error) return oneLine(error.message || error.name, 1_000)
  return oneLine(isObject(error) ? JSON.stringify(error) : String(error), 1_000)
}
