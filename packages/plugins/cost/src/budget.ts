import type { Meter, Plugin, RunContext } from '@ashlar/core'
import { type Metered, runMeters } from '@ashlar/core/model'
import { checkAtLimit } from './at-limit.ts'
import type { BudgetMeter } from './budget-meter.ts'
import { type BudgetOptions, createBudget, warnOf } from './create-budget.ts'
import type { Charge } from './ledger.ts'
import { meteredStream, type SpendingOptions, withOutputLimit } from './metered-stream.ts'
import { checkRoom, withinRoom } from './within-room.ts'

/** Who pays: the same in every run, or who it is in this one. */
export type Payer = string | ((run: RunContext) => string | undefined)

/** Options of `budget`. */
export interface BudgetPluginOptions extends Omit<BudgetOptions, 'key' | 'project'>, SpendingOptions {
  readonly key?: Payer
  readonly project?: Payer
}

const chargeOf = (
  { key, project }: Pick<BudgetPluginOptions, 'key' | 'project'>,
  nameOf: (payer: Payer) => string | undefined,
): Charge => {
  const names = { key: key && nameOf(key), project: project && nameOf(project) }
  return {
    ...(names.key !== undefined && { key: names.key }),
    ...(names.project !== undefined && { project: names.project }),
  }
}

/**
 * A budget for agents: every upstream call is reserved before it is made and settled after, so that what is spent and
 * reserved never passes a limit. Agents that run inside each other spend from one tree, whichever of them has the plugin;
 * those that have it are billed under their own name.
 * @throws InvalidArgument for wrong options; a run throws `BudgetExceeded` at the limit, `UnknownPrice` for a model without one
 */
export const budget = (options: BudgetPluginOptions): Plugin => {
  const { key: _key, project: _project, ...rest } = options
  const { kind, atLimit = [], maxOutputTokens, onDegraded, onError = warnOf } = options
  checkAtLimit(atLimit, options)
  const room = checkRoom(options)
  const spending = createBudget(rest)
  // A limit per key wants to know the key, whoever it is.
  spending.meter({ ...chargeOf(options, (payer) => (typeof payer === 'string' ? payer : '')), runId: '' })
  return {
    name: 'budget',
    setup: (run: RunContext & Metered) => {
      const { runId, agent } = run
      const payer = chargeOf(options, (each) => (typeof each === 'string' ? each : each(run)))
      const charge = { ...payer, runId, kind: kind ?? agent.name }
      const below: BudgetMeter[] = []
      const meterBelow = (outer?: Meter): Meter => {
        const meter = spending.meter(charge, outer)
        below.push(meter)
        return meter
      }
      run[runMeters]?.tree.set(spending, meterBelow)
      return {
        aroundModel: (call, next) => {
          const own = spending.meter(charge, call.request.meter)
          const request = { ...withOutputLimit(call.request, maxOutputTokens), meter: own }
          const settled = async (): Promise<void> => {
            for (const meter of [own, ...below]) await meter.settled()
          }
          const meter: BudgetMeter = { ...own, settled }
          return meteredStream({
            meter,
            models: [call.model, ...atLimit],
            open: (model) => withinRoom(request, (each) => next({ ...call, model, request: each }), room),
            signal: call.request.signal,
            runId,
            onDegraded,
            onError,
          })
        },
      }
    },
  }
}
