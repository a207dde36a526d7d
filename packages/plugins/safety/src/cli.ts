export { policyCommand } from './policy-command.ts'
