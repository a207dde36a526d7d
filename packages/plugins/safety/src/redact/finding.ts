/** What was found: a kind of secret, or of personal data. */
export type FindingKind =
  | 'api-key'
  | 'jwt'
  | 'private-key'
  | 'password'
  | 'authorization'
  | 'secret'
  | 'env'
  | 'email'
  | 'phone'
  | 'card'
  | 'iban'
  | 'ssn'
  | 'ip'

/** A piece of a text that should not be shown; offsets are UTF-16 code units, `end` is exclusive. */
export interface Finding {
  readonly kind: FindingKind
  readonly start: number
  readonly end: number
}

/** Finds one family of things, in time linear in the text. */
export type Detector = (text: string) => Iterable<Finding>

/** Findings in order, overlapping ones as one that has the kind of the first. */
export const mergeFindings = (findings: readonly Finding[]): Finding[] => {
  const sorted = findings.toSorted((a, b) => a.start - b.start || b.end - a.end)
  const merged: Finding[] = []
  for (const finding of sorted) {
    const last = merged.at(-1)
    if (last && finding.start < last.end) {
      if (finding.end > last.end) merged[merged.length - 1] = { ...last, end: finding.end }
    } else merged.push(finding)
  }
  return merged
}

/** What stands in place of a finding. */
export const maskOf = (kind: FindingKind): string => `[redacted:${kind}]`
