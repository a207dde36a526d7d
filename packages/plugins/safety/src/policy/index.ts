export { createCommandPolicy, type CommandPolicyOptions } from './create-command-policy.ts'
export type { FileView } from './file-view.ts'
export { checkCommandRules, type CommandRule, type CommandRuleIssue } from './user-rules.ts'
export type { CommandContext, CommandPolicy, Verdict, VerdictKind } from './verdict.ts'
