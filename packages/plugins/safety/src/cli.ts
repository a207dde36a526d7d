export { createPolicyCommand, policyCommand, type PolicyCommandOptions } from './policy-command.ts'
