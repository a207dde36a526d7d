export { tokensCommand } from './tokens-command.ts'
