import { type AlertFilter, type AlertSink, type BudgetAlert, matchesAlert } from './alert.ts'

/** A sink that is told only of some alerts: `routeAlert({ rule: 'refused' }, webhookAlert(url))`. */
export const routeAlert = (filter: AlertFilter, sink: AlertSink): AlertSink => {
  const tell = async (alert: BudgetAlert): Promise<void> => {
    if (matchesAlert(filter, alert)) await sink(alert)
  }
  const { receiver } = sink
  return Object.assign(tell, receiver !== undefined && { receiver: `${receiver} ${JSON.stringify(filter)}` })
}
