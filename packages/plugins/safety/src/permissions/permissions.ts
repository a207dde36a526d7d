import { InvalidArgument, type Plugin, type ToolCall, type ToolOutcome } from '@ashlar/core'
import { defineRules } from './check-rules.ts'
import { decide, type DecideOptions, unspoken } from './decide.ts'
import type { PermissionCall, PermissionDecision, PermissionRule } from './permission-rule.ts'
import { checkKnownKeys } from '../known-keys.ts'
import { stricter } from './stricter.ts'
import type { YoloSession } from './yolo-session.ts'

export interface PermissionsOptions extends Omit<DecideOptions, 'yolo'> {
  /** @default none: read-only tools run, for others a person is asked */
  readonly rules?: readonly PermissionRule[]
  /** A session of `createYoloSession`. */
  readonly yolo?: YoloSession
  /**
   * Judges calls in another way, a shell command by its policy say, or says nothing of one. Its verdict is that of a rule
   * where no rule speaks; elsewhere the stricter of the two counts, in a session as well.
   */
  readonly check?: (
    call: PermissionCall,
    toolCall: ToolCall,
  ) => PermissionDecision | undefined | Promise<PermissionDecision | undefined>
  /** Hears of every decision, before the call runs. */
  readonly onDecision?: (call: PermissionCall, decision: PermissionDecision) => void
}

const refused = (tool: string, { rule, why }: PermissionDecision): ToolOutcome => ({
  output: `Not allowed: ${tool} (${rule}). ${why} Do not try to reach the same in another way.`,
  isError: true,
})

/**
 * Lets calls run, refuses them with words for the model, or pauses the run until a person decides (`approvals`).
 * @throws InvalidArgument whose message lists everything that is wrong with the rules
 */
export const permissions = (options: PermissionsOptions = {}): Plugin => {
  checkKnownKeys(options, {
    of: 'permissions',
    known: ['mode', 'root', 'rules', 'yolo', 'check', 'onDecision'],
  })
  const { mode = 'ask', root, yolo, check, onDecision } = options
  if (!['ask', 'auto', 'plan'].includes(mode)) throw new InvalidArgument('mode', 'ask, auto or plan', mode)
  const rules = defineRules(options.rules ?? [])
  return {
    name: 'permissions',
    setup: ({ runId, agent: { name: agent } }) => ({
      aroundTool: async (call, next) => {
        const { callId, name: tool } = call.call
        const { input } = call
        const asked: PermissionCall = { tool, input, agent, readOnly: call.tool.annotations.readOnly }
        // Asked once: a session that ends meanwhile still writes down what it allowed.
        const session = yolo?.isActive() === true ? { ...yolo, isActive: () => true } : undefined
        const ruled = decide(asked, rules, { mode, yolo: session, ...(root !== undefined && { root }) })
        const checked = await check?.(asked, call)
        const isOpen = ruled.rule === unspoken && checked?.verdict === 'allow'
        const decision = isOpen ? checked : stricter(ruled, checked)
        onDecision?.(asked, decision)
        if (decision.verdict === 'deny') return refused(tool, decision)
        if (decision.verdict === 'ask') return call.approved ? next(call) : 'pending'
        await session?.record({ runId, callId, agent, tool, input }, decision)
        return next(call)
      },
    }),
  }
}
