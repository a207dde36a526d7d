export { defineRules } from './check-rules.ts'
export { type ApprovalMode, decide, type DecideOptions } from './decide.ts'
export { jsonlTranscript } from './jsonl-transcript.ts'
export type {
  Globs,
  PermissionCall,
  PermissionDecision,
  PermissionRule,
  PermissionVerdict,
} from './permission-rule.ts'
export { permissions, type PermissionsOptions } from './permissions.ts'
export {
  createYoloSession,
  type YoloEntry,
  type YoloOptions,
  type YoloSession,
  type YoloTranscript,
} from './yolo-session.ts'
