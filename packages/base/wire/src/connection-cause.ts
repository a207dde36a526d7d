import type { ConnectionFacts } from './connection-error.ts'

/** Codes of what fails before anything is sent: of the system, of undici, and of a certificate nobody trusts. */
const neverSent =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|E(?:HOST|NET)UNREACH|UND_ERR_CONNECT_TIMEOUT)$|CERT|LEAF_SIGNATURE/

/** A `fetch` failure says "fetch failed"; what happened is in its causes. */
const deepest = 5

/** What a `ConnectionError` says of the failure of a library: its messages and those of its causes. */
export const readCause = (
  error: unknown,
  facts: ConnectionFacts,
): { readonly message: string; readonly facts: ConnectionFacts } => {
  const messages = new Set<string>()
  let found = facts
  let cause = error
  for (let depth = 0; cause instanceof Error && depth < deepest; depth++, cause = cause.cause) {
    const code = 'code' in cause ? String(cause.code) : ''
    messages.add(cause.message || code)
    if (cause.name.includes('Timeout')) found = { ...found, code: 'timeout' }
    if (neverSent.test(code)) found = { ...found, phase: 'connect', sent: false }
  }
  return { message: [...messages].filter(Boolean).join(': ') || String(error), facts: found }
}
