import { ModelError } from '@ashlar/core'
import type { ApiCaller } from './api-caller.ts'
import { ConnectionError } from './connection-error.ts'
import { redactSecrets } from './redact-secrets.ts'

/** What was thrown, as a `ModelError` without secrets: a `timeout`, or a `network` failure. One is returned as it is. */
export const fromCause = (cause: unknown, { provider, modelId, secrets }: ApiCaller): ModelError => {
  if (ModelError.isInstance(cause)) return cause
  const kind = ConnectionError.isInstance(cause) ? cause.code : 'network'
  const why = redactSecrets(cause instanceof Error ? cause.message : String(cause), secrets)
  return new ModelError(`${provider}/${modelId}: ${why}`, { kind, provider, modelId }, { cause })
}
