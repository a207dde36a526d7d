import type { Plugin } from '@ashlar/core'
import { type BudgetOptions, createBudget } from './create-budget.ts'
import { meteredStream, type SpendingOptions, withOutputLimit } from './metered-stream.ts'

/**
 * A budget for agents: every upstream call is reserved before it is made and settled after, so that what is spent and
 * reserved never passes a limit. Give the same plugin to agents that run inside each other: they spend from one tree.
 * @throws InvalidArgument for wrong options; a run throws `BudgetExceeded` at the limit, `UnknownPrice` for a model without one
 */
export const budget = (options: BudgetOptions & SpendingOptions): Plugin => {
  const { key, project, kind, atLimit = [], maxOutputTokens } = options
  const spending = createBudget(options)
  const payer = { ...(key !== undefined && { key }), ...(project !== undefined && { project }) }
  spending.meter({ ...payer, runId: '' })
  return {
    name: 'budget',
    setup: ({ runId, agent }) => ({
      aroundModel: (call, next) => {
        const meter = spending.meter({ ...payer, runId, kind: kind ?? agent.name }, call.request.meter)
        const request = { ...withOutputLimit(call.request, maxOutputTokens), meter }
        return meteredStream({
          meter,
          models: [call.model, ...atLimit],
          open: (model) => next({ ...call, model, request }),
        })
      },
    }),
  }
}
