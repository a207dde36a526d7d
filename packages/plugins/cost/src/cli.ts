import { type Command, commandGroup } from '@ashlar/command'
import { budgetCommand } from './commands/budget-command.ts'
import { driftCommand } from './commands/drift-command.ts'
import { predictCommand } from './commands/predict-command.ts'
import { reportCommand } from './commands/report-command.ts'

/** `ashlar cost`: what calls will cost and did, and what they may. */
export const costCommand: Command = commandGroup({
  name: 'ashlar cost',
  summary: 'What calls cost: predictions, reports, budgets and the prices behind them',
  commands: {
    predict: predictCommand,
    report: reportCommand,
    budget: budgetCommand,
    drift: driftCommand,
  },
})
