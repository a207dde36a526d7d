export { isolate, isolation, type IsolateOptions, type Isolation, type IsolationOptions } from './isolate.ts'
export {
  type CommandContext,
  type CommandPolicy,
  type CommandPolicyOptions,
  type CommandRule,
  createCommandPolicy,
  type FileView,
  type Verdict,
  type VerdictKind,
} from './policy/index.ts'
