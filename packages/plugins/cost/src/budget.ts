import type { LanguageModel, Plugin } from '@ashlar/core'
import { type BudgetOptions, createBudget } from './create-budget.ts'
import { meteredStream } from './metered-stream.ts'

/** What happens when there is no room for a call. */
export interface AtLimit {
  /**
   * The models asked instead, in turn: a cheaper one, or one that answers from a cache. When there is no room for any,
   * the call fails with the `BudgetExceeded` of the last.
   * @default none
   */
  readonly atLimit?: readonly LanguageModel[]
}

/**
 * A budget for agents: every upstream call is reserved before it is made and settled after, so that what is spent and
 * reserved never passes a limit. Give the same plugin to agents that run inside each other: they spend from one tree.
 * @throws InvalidArgument for wrong options; a run throws `BudgetExceeded` at the limit, `UnknownPrice` for a model without one
 */
export const budget = (options: BudgetOptions & AtLimit): Plugin => {
  const { key, project, kind, atLimit = [] } = options
  const spending = createBudget(options)
  const payer = { ...(key !== undefined && { key }), ...(project !== undefined && { project }) }
  spending.meter({ ...payer, runId: '' })
  return {
    name: 'budget',
    setup: ({ runId, agent }) => ({
      aroundModel: (call, next) => {
        const meter = spending.meter({ ...payer, runId, kind: kind ?? agent.name }, call.request.meter)
        const request = { ...call.request, meter }
        return meteredStream({
          meter,
          models: [call.model, ...atLimit],
          open: (model) => next({ ...call, model, request }),
        })
      },
    }),
  }
}
