export type { Finding, FindingKind } from './finding.ts'
export { secretsOf } from './known-secrets.ts'
export { createRedactor, type Redactor, type RedactOptions } from './redactor.ts'
export type { StreamRedactor } from './stream-redactor.ts'
