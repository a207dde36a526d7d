import type { SchemaView } from './schema-view.ts'
import { isTemplate, parseTemplate, type Reference } from './template.ts'

/** What is shown in place of a secret. */
export const mask = '********'

const secretName =
  /(^|[-_])(authorization|cookie|api[-_]?key|(access|refresh|id|auth|security|session|bearer)[-_]?token|token|secret|(secret|private|access)[-_]?key|password|passwd|passphrase|credentials?|key)$/i

/** What keys look like, whatever they are called. */
const keyShape =
  /\b(?:sk|pk|rk|gsk|xai|hf|r8|pplx|nvapi|glpat|npm|whsec)[-_][\w-]{8,}|\bAIza[\w-]{20,}|\b(?:gh[pousr]|github_pat)_\w{20,}|\bxox[abeprs]-[\w-]{10,}|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\b[Bb]earer\s+[\w.~+/=-]{8,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{4,}|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*|(?<=:\/\/[^\s/:@]{0,256}:)[^\s/@]{1,256}(?=@)/g

/** True where only a secret can be: by the key's name, or by the schema's `writeOnly` or `format: "password"`. */
export const isSecretPlace = (key: string | number | undefined, view: SchemaView): boolean =>
  (typeof key === 'string' && secretName.test(key.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_'))) ||
  view.schemas.some((schema) => schema['writeOnly'] === true || schema['format'] === 'password')

/** A reference as far as it may be shown: no fallback, and of a command only the program. */
const describeReference = (reference: Reference): string => {
  if (reference.kind === 'command') return `\${command:${reference.argv[0] ?? ''} …}`
  return reference.fallback === undefined ? `\${env:${reference.name}}` : `\${env:${reference.name}:-${mask}}`
}

/** A text without secrets. Of a secret only its references are shown. */
export const maskText = (text: string, isSecret: boolean): string => {
  const hide = (part: string): string => (isSecret ? mask : part.replaceAll(keyShape, mask))
  const template = isTemplate(text) ? parseTemplate(text) : [text]
  if ('problem' in template) return mask
  return template.map((part) => (typeof part === 'string' ? hide(part) : describeReference(part))).join('')
}
