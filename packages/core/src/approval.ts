import type { Plugin, ToolCall } from './plugin.ts'

export interface ApprovalOptions {
  /** Which calls wait for a person. @default every call of a tool that is not `readOnly` */
  readonly when?: (call: ToolCall) => boolean | Promise<boolean>
}

/**
 * Pauses the run before a call until a person decides. The paused result lists the calls in `pending`; go on
 * with `agent.run(result, { approvals: { [callId]: true } })`, or a string: the reason it was denied.
 */
export const approval = ({
  when = ({ tool }) => !tool.annotations.readOnly,
}: ApprovalOptions = {}): Plugin => ({
  name: 'approval',
  setup: () => ({
    aroundTool: async (call, next) => (!call.approved && (await when(call)) ? 'pending' : next(call)),
  }),
})
