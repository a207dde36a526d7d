import type { Plugin } from '@ashlar/core'
import { gateOf, isExecTool } from './exec-tool.ts'

/**
 * Pauses the run before a command that its policy wants a person to see: the result lists it in `pending`; go on with
 * `agent.run(result, { approvals: { [callId]: true } })`, or a string, the reason it was denied. Allowed commands run and
 * denied ones are refused, approved or not. An approval holds for the very input that was shown.
 */
export const execPolicy = (): Plugin => ({
  name: 'exec-policy',
  setup: () => ({
    aroundTool: async (call, next) => {
      const { tool, input: shown, approved } = call
      if (!isExecTool(tool)) return next(call)
      const gate = gateOf(tool)
      const { verdict } = await gate.decide(shown).catch(() => ({ verdict: 'deny' }))
      if (verdict !== 'ask') return next(call)
      if (!approved) return 'pending'
      const execute: typeof tool.execute = (input, context) =>
        input === shown ? gate.runApproved(input, context) : tool.execute?.(input, context)
      return next({ ...call, tool: { ...tool, execute } })
    },
  }),
})
