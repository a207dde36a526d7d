import { InvalidArgument } from '@ashlar/core/errors'
import type { PendingCall } from '../view/run-node.ts'

export type Approvals = Readonly<Record<string, true | string>>

export const approvalOptions = {
  approve: { type: 'string', multiple: true, value: 'call', description: 'run this pending call' },
  deny: {
    type: 'string',
    multiple: true,
    value: 'call=reason',
    description: 'do not, and tell the model why',
  },
} as const

/** What the options say of each call. @throws InvalidArgument for a reason that is missing, or a call named twice */
export const approvalsIn = (approve: readonly string[], deny: readonly string[]): Approvals => {
  const denied = deny.map((text): [string, string] => {
    const at = text.indexOf('=')
    if (at < 1 || at === text.length - 1) throw new InvalidArgument('--deny', 'CALL=REASON', text)
    return [text.slice(0, at), text.slice(at + 1)]
  })
  const given = [...approve.map((call): [string, true] => [call, true]), ...denied]
  const calls = given.map(([call]) => call)
  const twice = calls.find((call, i) => calls.indexOf(call) < i)
  if (twice !== undefined) throw new InvalidArgument('--approve and --deny', 'each call once', twice)
  return Object.fromEntries(given)
}

/** @throws InvalidArgument for a call that does not wait */
export const checkCalls = (approvals: Approvals, pending: readonly PendingCall[]): void => {
  const known = pending.map(({ callId }) => callId)
  for (const call of Object.keys(approvals))
    if (!known.includes(call))
      throw new InvalidArgument(
        '--approve and --deny',
        known.length > 0 ? known.join(', ') : 'nothing: no call waits',
        call,
      )
}
