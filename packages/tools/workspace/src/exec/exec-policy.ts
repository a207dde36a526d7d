import type { Plugin, ToolCall } from '@ashlar/core'
import { type CommandPolicy, type CommandVerdict, noPolicy } from './command-policy.ts'
import { checkOptions } from '../check-options.ts'
import type { CommandWrapper } from './command-wrapper.ts'
import { gateOf, isExecTool, refusal } from './exec-tool.ts'

export interface ExecPolicyOptions {
  /** That of whoever runs the agent: it takes the place of none, and beside a tool's own the stricter verdict counts. */
  readonly policy?: CommandPolicy | undefined
  /** Fences in every command that runs, around what the tool's own wrapper makes of it. @default they run as they are */
  readonly wrap?: CommandWrapper | undefined
}

const strictness = { allow: 0, ask: 1, deny: 2 } as const

const isVerdict = (given: CommandVerdict): boolean => Object.hasOwn(strictness, given.verdict)

const broken = (error: unknown): CommandVerdict => ({
  verdict: 'deny',
  rule: 'policy-failed',
  why: error instanceof Error ? error.message : String(error),
})

/**
 * What the policies say of a call: the tool's own and the given one, the stricter of the two. `undefined` for a call of
 * another tool than `exec`. A policy that throws, or gives no verdict, denies.
 */
export const execVerdict = async (
  { tool, input }: Pick<ToolCall, 'tool' | 'input'>,
  { policy }: ExecPolicyOptions = {},
): Promise<CommandVerdict | undefined> => {
  if (!isExecTool(tool)) return undefined
  const { decide } = gateOf(tool)
  const asked = [decide(input), ...(policy ? [decide(input, policy)] : [])]
  const given = await Promise.all(asked.map((each) => each.catch(broken)))
  const verdicts = given.filter((each) => each !== undefined)
  return (
    verdicts.find((each) => !isVerdict(each)) ??
    verdicts.toSorted((a, b) => strictness[b.verdict] - strictness[a.verdict])[0] ??
    noPolicy
  )
}

/**
 * Pauses the run before a command that its policy wants a person to see: the result lists it in `pending`; go on with
 * `agent.run(result, { approvals: { [callId]: true } })`, or a string, the reason it was denied. Allowed commands run and
 * denied ones are refused, approved or not. A verdict holds for the very input that was judged.
 */
export const execPolicy = (options: ExecPolicyOptions = {}): Plugin => {
  checkOptions(options, ['policy', 'wrap'])
  return {
    name: 'exec-policy',
    setup: () => ({
      aroundTool: async (call, next) => {
        const found = await execVerdict(call, options)
        if (!found) return next(call)
        if (found.verdict === 'ask' && !call.approved) return 'pending'
        if (found.verdict !== 'ask' && found.verdict !== 'allow')
          return { output: refusal(found), isError: true }
        if (isExecTool(call.tool)) {
          const { approve, wrap } = gateOf(call.tool)
          approve(call.input)
          if (options.wrap) wrap(call.context, options.wrap)
        }
        return next(call)
      },
    }),
  }
}
