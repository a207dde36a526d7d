import { type Command, commandGroup } from '@ashlar/command'
import { budgetCommand } from './commands/budget-command.ts'
import { reportCommand } from './commands/report-command.ts'

/** `ashlar cost`: what was spent, and what may be. */
export const costCommand: Command = commandGroup({
  name: 'ashlar cost',
  summary: 'What calls cost: reports and budgets',
  commands: { report: reportCommand, budget: budgetCommand },
})
