export { undoCommand } from './undo-command.ts'
