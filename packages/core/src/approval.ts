import { checkKeys } from './check-keys.ts'
import type { Plugin, ToolCall } from './plugin.ts'

export interface ApprovalOptions {
  /** Which calls wait for a person. @default every call of a tool that is not `readOnly` */
  readonly when?: (call: ToolCall) => boolean | Promise<boolean>
}

/**
 * Pauses the run before a call until a person decides. The paused result lists the calls in `pending`; go on
 * with `agent.run(result, { approvals: { [callId]: true } })`, or a string: the reason it was denied.
 * @throws InvalidArgument for an unknown option
 */
export const approval = (options: ApprovalOptions = {}): Plugin => {
  checkKeys(options, ['when'])
  const { when = ({ tool }) => !tool.annotations.readOnly } = options
  return {
    name: 'approval',
    setup: () => ({
      aroundTool: async (call, next) => (!call.approved && (await when(call)) ? 'pending' : next(call)),
    }),
  }
}
