export { type CommandIo, tokensCommand } from './tokens-command.ts'
