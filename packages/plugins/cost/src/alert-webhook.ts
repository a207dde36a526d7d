import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidArgument } from '@ashlar/core'
import type { AlertSink, BudgetAlert } from './alert.ts'
import { alertJson } from './alert-json.ts'
import { fingerprint } from './fingerprint.ts'

export interface WebhookAlertOptions {
  /** What is posted, as JSON: Slack wants `({ message }) => ({ text: message })`. @default all of the alert, dollars exact */
  readonly body?: (alert: BudgetAlert) => unknown
  /** Sent besides `content-type`. */
  readonly headers?: Readonly<Record<string, string>>
  /** How long one try may take, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number
  /** How often it is tried at once; later it is tried again. @default 3 */
  readonly tries?: number
  /** How long to wait before the second try, in milliseconds; twice as long before each further one. @default 500 */
  readonly waitMs?: number
}

/**
 * Posts alerts as JSON. What does not answer with 2xx in time is tried again.
 * @throws InvalidArgument for what is no HTTP address
 */
export const webhookAlert = (url: string | URL, options: WebhookAlertOptions = {}): AlertSink => {
  const { body: bodyOf = alertJson, headers = {}, timeoutMs = 10_000, tries = 3, waitMs = 500 } = options
  const address = URL.canParse(String(url)) ? new URL(url) : undefined
  if (!address || !/^https?:$/.test(address.protocol))
    throw new InvalidArgument('url', 'an http or https address', String(url))

  const post = async (body: string): Promise<void> => {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    })
    await response.body?.cancel()
    // The path of a webhook is often its password.
    if (!response.ok) throw new Error(`The webhook at ${address.origin} answered ${response.status}`)
  }
  const tell = async (alert: BudgetAlert): Promise<void> => {
    const body = JSON.stringify(bodyOf(alert))
    for (let tried = 1; ; tried++)
      try {
        await post(body)
        return
      } catch (error) {
        if (tried >= tries) throw error
        await sleep(waitMs * 2 ** (tried - 1))
      }
  }
  return Object.assign(tell, { receiver: `webhook ${fingerprint(address.href)}` })
}
