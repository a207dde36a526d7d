export { configCommand, createConfigCommand } from './config-command.ts'
