export type { AlertSink, BudgetAlert } from './alert.ts'
export { commandAlert, type CommandAlertOptions } from './alert-command.ts'
export { logAlert, type LogAlertOptions } from './alert-log.ts'
export { webhookAlert, type WebhookAlertOptions } from './alert-webhook.ts'
